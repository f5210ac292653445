"""Class weights against sums worked out by hand."""

from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from garrison.detection import FAMILIES, class_weights
from garrison.errors import DataError, GarrisonError, ModelError, SettingsError


def rows() -> tuple[Any, Any]:
    attacks = np.array(["dos"] * 64 + ["scan"] * 16 + ["worm"] * 4 + [""] * 916, dtype=object)
    order = np.random.default_rng(0).permutation(1000)
    return attacks[order] != "", attacks[order]


def test_none_leaves_every_row_as_it_is() -> None:
    y, attacks = rows()
    assert class_weights(y, "none").tolist() == [1.0] * 1000
    np.testing.assert_allclose(class_weights(y, "none", attacks=attacks, attack_power=1.0), 1.0)


def test_balanced_is_what_scikit_learn_means_by_it() -> None:
    y, _ = rows()
    np.testing.assert_allclose(class_weights(y, "balanced"), compute_sample_weight("balanced", y), rtol=1e-12)


def test_shares_of_the_classes_are_kept_whatever_their_scale() -> None:
    y, _ = rows()
    weights = class_weights(y, {"benign": 3, "malicious": 1})
    assert weights[y].sum() == pytest.approx(250)
    np.testing.assert_allclose(weights, class_weights(y, {"malicious": 0.25, "benign": 0.75}))


@pytest.mark.parametrize("kind", ["none", "balanced", {"benign": 1, "malicious": 9}])
@pytest.mark.parametrize(
    ("power", "parts"), [(1.0, (64, 16, 4)), (0.5, (8, 4, 2)), (0.0, (1, 1, 1)), (0.25, (2**1.5, 2, 2**0.5))]
)
def test_attack_types_share_the_malicious_weight_by_the_power_of_their_rows(
    kind: Any, power: float, parts: tuple[float, ...]
) -> None:
    y, attacks = rows()
    weights = class_weights(y, kind, attacks=attacks, attack_power=power)
    assert weights.sum() == pytest.approx(1000)
    assert (weights > 0).all()
    assert weights[y].sum() == pytest.approx(class_weights(y, kind)[y].sum())
    assert len(np.unique(weights[~y])) == 1
    for name, part in zip(("dos", "scan", "worm"), parts, strict=True):
        of_type = weights[attacks == name]
        assert of_type.sum() / weights[y].sum() == pytest.approx(part / sum(parts))
        assert np.ptp(of_type) == 0


def test_malicious_rows_without_a_name_are_one_type() -> None:
    attacks = np.array([None, None, "worm", "not looked at"], dtype=object)
    weights = class_weights([True, True, True, False], "none", attacks=attacks, attack_power=0.0)
    np.testing.assert_allclose(weights, [0.75, 0.75, 1.5, 1.0])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"kind": "heavy"}, SettingsError),
        ({"kind": {"malicious": 1.0}}, SettingsError),
        ({"kind": {"malicious": 1.0, "benign": 0.0}}, SettingsError),
        ({"kind": {"malicious": "much", "benign": 1}}, SettingsError),
        ({"kind": "none", "attack_power": 0.5}, SettingsError),
        ({"kind": "none", "attacks": np.array(["a"] * 3, dtype=object), "attack_power": 2.0}, SettingsError),
        ({"kind": "none", "attacks": np.array(["a"], dtype=object), "attack_power": 0.5}, DataError),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: Any, error: type[GarrisonError]) -> None:
    with pytest.raises(error):
        class_weights([True, True, False], **arguments)


def test_a_class_without_rows_cannot_weigh_anything() -> None:
    with pytest.raises(DataError, match="no malicious row"):
        class_weights([False, False], "balanced")
    assert class_weights([False, False], "none").tolist() == [1.0, 1.0]
    with pytest.raises(DataError):
        class_weights([], "none")


def test_families_take_the_weights_or_say_that_they_cannot(data: Any, quick: Any) -> None:
    rare = np.arange(240) % 12 == 0
    kept = ~data.y | rare
    X, y = data.X[kept], data.y[kept]
    weights = class_weights(y, "balanced")
    plain, weighed = (
        FAMILIES["logistic_regression"].fit(X, y, seed=0, weights=w).score(X) for w in (None, weights)
    )
    assert weighed.mean() > plain.mean()
    with pytest.raises(ModelError, match="knn cannot weigh rows"):
        FAMILIES["knn"].fit(X, y, params=quick("knn"), seed=0, weights=weights)
