"""What every family must do, whatever it learns with; families are found by looking."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.detection import FAMILIES, load_model
from garrison.detection.families import Families
from garrison.detection.families.base import FEWEST_ROWS, together
from garrison.detection.families.knn import NearestNeighbours
from garrison.errors import DataError, GarrisonError, ModelError, SettingsError

Quick = Callable[[str], dict[str, Any]]
every_family = pytest.mark.parametrize("name", list(FAMILIES))


@every_family
def test_it_learns_and_gives_probabilities(name: str, data: Any, quick: Quick) -> None:
    model = FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=0)
    scores = model.score(data.X)
    assert scores.shape == (240,)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1
    if FAMILIES[name].supervised:
        assert ((scores >= 0.5) == data.y).mean() > 0.8
    assert model.score(data.X[:0]).shape == (0,)


@every_family
def test_what_is_loaded_scores_as_what_was_saved_to_the_bit(
    name: str, data: Any, quick: Quick, tmp_path: Path
) -> None:
    model = FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=3)
    model.save(tmp_path / "model")
    loaded = load_model(name, tmp_path / "model")
    fresh = np.random.default_rng(1).normal(size=(50, 6)) * 2
    for rows in (data.X, fresh, data.X[:1]):
        assert loaded.score(rows).tobytes() == model.score(rows).tobytes()
    assert loaded.files() == model.files()


@every_family
def test_the_number_of_threads_changes_nothing(name: str, data: Any, quick: Quick) -> None:
    one, two = (FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=5, jobs=jobs) for jobs in (1, 2))
    assert one.files() == two.files()


@every_family
def test_threads_that_score_change_no_bit(name: str, data: Any, quick: Quick) -> None:
    model = FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=5)
    X = np.random.default_rng(2).normal(size=(3 * FEWEST_ROWS + 5, 6))
    assert model.score(X, jobs=3).tobytes() == model.score(X).tobytes()
    if model.row_by_row:
        assert np.concatenate([model.score(X[:7]), model.score(X[7:])]).tobytes() == model.score(X).tobytes()


@every_family
def test_another_seed_gives_another_model_where_something_is_drawn(
    name: str, data: Any, quick: Quick
) -> None:
    one, two = (FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=seed) for seed in (0, 1))
    if name != "adaboost":
        assert (one.files() != two.files()) is FAMILIES[name].drawn


@pytest.mark.parametrize(
    "name", [name for name in FAMILIES if FAMILIES[name].weighted and name != "soft_voting"]
)
def test_rows_of_no_weight_say_nothing(name: str, data: Any, quick: Quick) -> None:
    wrong = np.where(np.arange(240) % 3 == 0, ~data.y, data.y)
    weights = np.where(np.arange(240) % 3 == 0, 0.0, 1.0)
    told, misled = (
        FAMILIES[name].fit(data.X, wrong, params=quick(name), seed=0, weights=w).score(data.X)
        for w in (weights, None)
    )
    assert ((told >= 0.5) == data.y).mean() > ((misled >= 0.5) == data.y).mean()


def test_equal_rows_are_put_together_as_numpy_sorts_them() -> None:
    draw = np.random.default_rng(4)
    X, y = draw.integers(0, 3, (400, 4)).astype(float), draw.random(400) < 0.5
    weights = np.where(draw.random(400) < 0.2, 0.0, draw.random(400))
    pairs, inverse = np.unique(np.column_stack([X, y]), axis=0, return_inverse=True)
    total = np.bincount(inverse.ravel(), weights=weights)
    pairs, total = pairs[total > 0], total[total > 0]
    _, same = np.unique(pairs[:, :-1], axis=0, return_inverse=True)
    occurs = np.bincount(same.ravel(), weights=total)[same.ravel()]
    rows, labels, found = together(X, y, weights, 0.3)
    assert np.array_equal(np.column_stack([rows, labels]), pairs)
    expected = total * occurs**-0.7
    np.testing.assert_allclose(found, expected * (400 / expected.sum()), rtol=1e-12)


def test_equal_rows_can_count_once(data: Any) -> None:
    family = FAMILIES["logistic_regression"]
    X, y = (
        np.vstack([data.X[:200]] * 3 + [data.X[:20]] * 5),
        np.hstack([data.y[:200]] * 3 + [data.y[:20]] * 5),
    )
    once = family.fit(data.X[:200], data.y[:200], params={"C": 1e3}, seed=0)
    tempered = family.fit(X, y, params={"C": 1e3 * 200 / len(X), "repeats": 0.0}, seed=0)
    plain = family.fit(X, y, params={"C": 1e3 * 200 / len(X)}, seed=0)
    gap, wider = (np.abs(once.score(data.X) - other.score(data.X)).max() for other in (tempered, plain))
    assert gap < wider / 5


@every_family
def test_a_parameter_it_does_not_take_is_named(name: str, data: Any) -> None:
    with pytest.raises(SettingsError, match="no parameter 'tree_count'"):
        FAMILIES[name].fit(data.X, data.y, params={"tree_count": 3}, seed=0)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("logistic_regression", {"C": -1.0}),
        ("knn", {"neighbours": 0}),
        ("knn", {"neighbours": 10_000}),
        ("random_forest", {"trees": "many"}),
        ("extra_trees", {"max_features": -3}),
        ("gradient_boosting", {"trees": 4, "subsample": 7.0}),
        ("hist_gradient_boosting", {"learning_rate": -1.0}),
        ("adaboost", {"trees": 4, "learning_rate": 0.0}),
        ("xgboost", {"trees": 4, "max_depth": "deep"}),
        ("lightgbm", {"trees": 4, "subsample": -1.0}),
        ("encrypted_logistic", {"C": -1.0}),
        ("encrypted_logistic", {"most_inputs": 0}),
        ("encrypted_svm", {"calibration_share": 1.5}),
        ("encrypted_svm", {"knots": 1}),
        ("encrypted_mlp", {"layers": []}),
        ("encrypted_mlp", {"learning_rate": -1.0}),
        ("encrypted_distilled", {"params": {"trees": 4}, "jitter": 0.0}),
        ("mlp", {"epochs": 0}),
        ("mlp", {"repeats": 2.0}),
        ("mlp", {"layers": 3}),
        ("xgboost", {"trees": 4, "monotone": [1]}),
        ("lightgbm", {"trees": 4, "monotone": [2, 0, 0, 0, 0, 0]}),
        ("hist_gradient_boosting", {"trees": 4, "monotone": "up"}),
        ("screened", {"params": {"trees": 4}, "share": 2.0}),
    ],
)
def test_a_value_that_the_library_refuses_is_a_model_error(
    name: str, params: dict[str, Any], data: Any
) -> None:
    with pytest.raises(ModelError, match=f"{name} cannot be trained"):
        FAMILIES[name].fit(data.X, data.y, params=params, seed=0)


@every_family
def test_rows_that_cannot_be_learnt_or_scored_are_refused(name: str, data: Any, quick: Quick) -> None:
    family, params = FAMILIES[name], quick(name)
    holed = data.X.copy()
    holed[17, 2] = np.nan
    with pytest.raises(DataError) as found:
        family.fit(holed, data.y, params=params, seed=0)
    assert found.value.where == "row 17, feature 2"
    if family.supervised:
        with pytest.raises(DataError, match="one class"):
            family.fit(data.X, np.ones(240, dtype=bool), params=params, seed=0)
        with pytest.raises(DataError, match="no labels"):
            family.fit(data.X, None, params=params, seed=0)
    with pytest.raises(DataError, match="labels"):
        family.fit(data.X, data.y[:9], params=params, seed=0)
    with pytest.raises(DataError, match="weights"):
        family.fit(data.X, data.y, params=params, seed=0, weights=-np.ones(240))
    model = family.fit(data.X, data.y, params=params, seed=0)
    with pytest.raises(DataError, match="5 features"):
        model.score(data.X[:, :5])
    with pytest.raises(DataError, match="inf"):
        model.score(np.full((1, 6), np.inf))


@every_family
def test_files_that_were_tampered_with_never_end_in_a_traceback(name: str, data: Any, quick: Quick) -> None:
    files = FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=0).files()
    model = FAMILIES[name].model
    for path in files:
        for content in (b"", files[path][:40], files[path][:-3], b"\x80\x04K\x01.", b"[" * 100_000):
            with pytest.raises(GarrisonError):
                model.from_files({**files, path: content})
        with pytest.raises(GarrisonError):
            model.from_files({other: files[other] for other in files if other != path})


def test_an_empty_folder_and_a_link_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        load_model("knn", tmp_path)
    (tmp_path / "estimators.skops").symlink_to("/etc/hostname")
    with pytest.raises(ModelError, match="link"):
        load_model("knn", tmp_path)


def test_no_two_families_have_one_name() -> None:
    families = Families()
    families.add([NearestNeighbours()])
    with pytest.raises(SettingsError, match="two families are called 'knn'"):
        families.add([NearestNeighbours()])


def test_neighbours_cannot_be_weighed(data: Any) -> None:
    with pytest.raises(ModelError, match="cannot weigh"):
        FAMILIES["knn"].fit(data.X, data.y, seed=0, weights=np.arange(1.0, 241.0))


@pytest.mark.parametrize(
    "members",
    [
        [],
        ["nobody"],
        ["soft_voting"],
        [{"family": "knn", "weight": 0}],
        [{"family": "knn", "weight": float("nan")}],
        [{"family": "knn", "colour": 1}],
        [{"family": "knn", "params": {"k": 3}}],
        [3],
    ],
)
def test_a_vote_that_cannot_be_held_is_refused(members: list[Any], data: Any) -> None:
    with pytest.raises(SettingsError):
        FAMILIES["soft_voting"].fit(data.X, data.y, params={"members": members}, seed=0)


def test_a_vote_is_the_weighted_mean_of_its_members(data: Any, quick: Quick) -> None:
    members = [("knn", 1.0), ("xgboost", 3.0)]
    listed = [{"family": name, "weight": weight, "params": quick(name)} for name, weight in members]
    vote = (
        FAMILIES["soft_voting"]
        .fit(data.X, data.y, params={"members": listed, "mean": "probability"}, seed=2)
        .score(data.X)
    )
    knn, xgboost = (
        FAMILIES[name].fit(data.X, data.y, params=quick(name), seed=2).score(data.X) for name, _ in members
    )
    np.testing.assert_allclose(vote, (knn + 3 * xgboost) / 4, rtol=1e-12)
