"""Learning stops when rows kept aside say that more of it brings nothing; what was best is kept."""

import json
from typing import Any

import numpy as np
import pytest

from garrison.detection import FAMILIES, Model
from garrison.detection.families.base import Lesson
from garrison.detection.families.tree_models import TreeModel
from garrison.detection.families.validation_part import kept_aside, split_lesson
from garrison.errors import DataError, ModelError

TREES = ("xgboost", "lightgbm", "hist_gradient_boosting")
MOST = 120
every_one = pytest.mark.parametrize("name", [*TREES, "mlp"])


def params_of(name: str, **more: Any) -> dict[str, Any]:
    if name == "mlp":
        return {"layers": [16], "epochs": MOST, "batch": 64, "networks": 2, **more}
    return {"trees": MOST, "learning_rate": 0.3, **more}


def noise(rows: int = 400) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(rows, 5)), rng.random(rows) < 0.5


def trees_in(model: Model) -> int:
    files = model.files()
    if "model.json" in files:
        whole = json.loads(files["model.json"])
        return len(whole["learner"]["gradient_booster"]["model"]["trees"])
    if "model.txt" in files:
        return files["model.txt"].decode().count("\nTree=")
    assert isinstance(model, TreeModel)
    return len(model.trees.counts)


@pytest.mark.parametrize("name", TREES)
def test_trees_stop_early_on_noise_and_not_where_there_is_more_to_learn(name: str, data: Any) -> None:
    X, y = noise()
    stopped = FAMILIES[name].fit(X, y, params=params_of(name, early_stopping=5), seed=0)
    assert 1 <= trees_in(stopped) < MOST / 3
    assert trees_in(FAMILIES[name].fit(X, y, params=params_of(name), seed=0)) == MOST
    slow = params_of(name, learning_rate=0.005, early_stopping=30)
    assert trees_in(stopped) < trees_in(FAMILIES[name].fit(data.X, data.y, params=slow, seed=0)) <= MOST


@pytest.mark.parametrize("name", TREES)
def test_the_trees_kept_are_the_first_ones_up_to_the_best_loss(name: str, data: Any) -> None:
    params = params_of(name, early_stopping=4, validation_share=0.3)
    model = FAMILIES[name].fit(data.X, data.y, params=params, seed=2)
    full = {**FAMILIES[name].complete(params), "early_stopping": 1, "repeats": 1.0}
    lesson = Lesson(data.X, data.y, None, full, 2, 1)
    _, aside = split_lesson(lesson)
    assert aside is not None
    count = trees_in(model)
    patient = FAMILIES[name].fit(data.X, data.y, params={**params, "early_stopping": MOST}, seed=2)
    assert trees_in(patient) >= count
    shorter = FAMILIES[name].fit(data.X, data.y, params={**params, "trees": count}, seed=2)
    assert shorter.score(data.X).tobytes() == model.score(data.X).tobytes()


def test_a_network_is_as_it_was_after_its_best_epoch() -> None:
    X, y = noise(300)
    aside = kept_aside(X, y, share=0.1, seed=0)

    def fitted(epochs: int, rounds: int) -> Model:
        params = {"networks": 1, "alpha": 1e-4, "learning_rate": 0.01, "repeats": 1.0, "layers": [16]}
        params |= {"epochs": epochs, "early_stopping": rounds}
        return FAMILIES["mlp"].fit(X, y, params=params, seed=0)

    def loss(model: Model) -> float:
        said = np.clip(model.score(X[aside]), 1e-12, 1 - 1e-12)
        return float(-np.log(np.where(y[aside], said, 1 - said)).mean())

    losses = [loss(fitted(epochs, MOST)) for epochs in (1, 2, 3, 5, 8, 13, 21)]
    assert losses == sorted(losses, reverse=True)
    assert fitted(60, MOST).files() == fitted(40, MOST).files()
    assert fitted(60, 20).files() == fitted(60, MOST).files()


@every_one
def test_equal_seeds_give_equal_bytes_that_can_be_loaded(name: str, data: Any) -> None:
    params = params_of(name, early_stopping=4)
    weights = np.linspace(0.5, 1.5, len(data.X))
    one, two = (FAMILIES[name].fit(data.X, data.y, params=params, seed=1, weights=weights) for _ in range(2))
    assert one.files() == two.files()
    loaded = FAMILIES[name].model.from_files(one.files())
    assert loaded.score(data.X).tobytes() == one.score(data.X).tobytes()
    assert loaded.files() == one.files()


@every_one
def test_it_is_off_unless_asked_for(name: str) -> None:
    assert FAMILIES[name].defaults["early_stopping"] == 0


def test_rows_kept_aside_share_no_row_with_the_others_and_are_of_both_classes() -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (3000, 3)).astype(float)
    y = (X[:, 0] + rng.normal(size=3000) > 2.5) & (rng.random(3000) < 0.3)
    X[0] = -0.0
    for seed in range(5):
        aside = kept_aside(X, y, share=0.2, seed=seed)
        assert not set(map(tuple, X[aside] + 0.0)) & set(map(tuple, X[~aside] + 0.0))
        assert 0.1 < aside.mean() < 0.3
        assert y[aside].any()
        assert not y[aside].all()
    again = kept_aside(X, y, share=0.2, seed=4)
    np.testing.assert_array_equal(aside, again)
    assert (kept_aside(X, y, share=0.2, seed=3) != again).any()


def test_shares_of_both_classes_are_kept_where_rows_differ() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(2000) < 0.05
    aside = kept_aside(rng.normal(size=(2000, 2)), y, share=0.1, seed=0)
    assert aside.mean() == pytest.approx(0.1, abs=0.01)
    assert y[aside].sum() == pytest.approx(y.sum() * 0.1, abs=1)


@every_one
@pytest.mark.parametrize("wrong", [{"early_stopping": -1}, {"early_stopping": 2.5}])
def test_rounds_that_are_none_are_refused(name: str, wrong: Any, data: Any) -> None:
    with pytest.raises(ModelError, match="early_stopping"):
        FAMILIES[name].fit(data.X, data.y, params=params_of(name, **wrong), seed=0)


def test_a_share_that_is_none_and_rows_that_cannot_be_parted_are_refused() -> None:
    X, y = noise(50)
    wrong = {"early_stopping": 3, "validation_share": 1.0}
    with pytest.raises(ModelError, match="validation_share"):
        FAMILIES["xgboost"].fit(X, y, params=wrong, seed=0)
    one = np.repeat([[0.0], [1.0]], 20, axis=0)
    with pytest.raises(DataError, match="early stopping"):
        FAMILIES["xgboost"].fit(one, one[:, 0] > 0, params={"early_stopping": 3}, seed=0)
