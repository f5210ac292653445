"""Sampled Shapley values against enumeration, closed forms, the axioms, and TreeSHAP of the boosters."""

import itertools
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from garrison.errors import DataError
from garrison.evaluation import Contributions, Player, contributions, players_of
from garrison.evaluation.shapley import _pairs

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]


def logistic(X: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(2 * X[:, 0] + X[:, 0] * X[:, 1] - X[:, 2] * X[:, 3] * X[:, 1]))))


def exact(score: Score, row: Floats, background: Floats) -> Floats:
    """The definition, by all subsets of the others (Shapley 1953)."""
    d = row.size

    def worth(members: tuple[int, ...]) -> float:
        mixed = background.copy()
        mixed[:, list(members)] = row[list(members)]
        return float(score(mixed).mean())

    values = np.zeros(d)
    for player in range(d):
        others = [other for other in range(d) if other != player]
        for size in range(d):
            share = math.factorial(size) * math.factorial(d - size - 1) / math.factorial(d)
            for members in itertools.combinations(others, size):
                values[player] += share * (worth((*members, player)) - worth(members))
    return values


def rows(count: int, columns: int = 4, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, columns))


NAMES = ["a", "b", "c", "d"]


def test_many_orders_come_to_the_exact_values() -> None:
    X, background = rows(5), rows(6, seed=1)
    found = contributions(logistic, X, background=background, names=NAMES, permutations=12_000)
    for row, values in zip(X, found.values, strict=True):
        assert values == pytest.approx(exact(logistic, row, background), abs=0.01)


def test_two_features_are_exact_with_one_pair_a_background_row() -> None:
    X, background = rows(5, 2), rows(8, 2, seed=1)

    def product(X: Floats) -> Floats:
        return np.asarray(np.exp(X[:, 0]) * X[:, 1])

    found = contributions(product, X, background=background, names=["a", "b"], permutations=16)
    for row, values in zip(X, found.values, strict=True):
        assert values == pytest.approx(exact(product, row, background), abs=1e-12)


@pytest.mark.parametrize("permutations", [2, 7, 16, 64, 100])
def test_a_row_adds_up_to_its_score(permutations: int) -> None:
    X, background = rows(9), rows(30, seed=1)
    found = contributions(logistic, X, background=background, names=NAMES, permutations=permutations)
    assert found.permutations >= permutations
    assert found.values.sum(axis=1) + found.base == pytest.approx(logistic(X), abs=1e-9)


def test_the_base_is_the_mean_score_of_the_background() -> None:
    X, background = rows(2), rows(10, seed=1)
    found = contributions(logistic, X, background=background, names=NAMES, permutations=25)
    assert found.permutations == 40
    assert found.base == pytest.approx(float(logistic(background).mean()))


def test_a_linear_model_has_the_closed_form() -> None:
    X, background, slope = rows(7), rows(12, seed=1), np.array([1.0, -2.0, 0.5, 0.0])
    found = contributions(lambda X: X @ slope, X, background=background, names=NAMES, permutations=24)
    assert found.values == pytest.approx(slope * (X - background.mean(axis=0)), abs=1e-12)


def test_what_the_model_does_not_read_gets_nothing_and_twins_get_the_same() -> None:
    X, background = rows(6), rows(10, seed=1)
    X[:, 1], background[:, 1] = X[:, 0], background[:, 0]

    def even(X: Floats) -> Floats:
        return np.asarray(np.tanh(X[:, 0] + X[:, 1] + X[:, 0] * X[:, 1] * X[:, 2]))

    found = contributions(even, X, background=background, names=NAMES, permutations=6000)
    assert (found.values[:, 3] == 0).all()
    assert found.values[:, 0] == pytest.approx(found.values[:, 1], abs=0.02)


def test_a_row_alone_and_among_others_gets_the_same_values_for_the_same_seed() -> None:
    X, background = rows(4), rows(40, seed=1)

    def values(X: Floats, seed: int) -> Floats:
        return contributions(
            logistic, X, background=background, names=NAMES, seed=seed, permutations=8
        ).values

    assert (values(X, 3) == values(X, 3)).all()
    assert (values(X[:1], 3) == values(X, 3)[:1]).all()
    assert (values(X, 3) != values(X, 4)).any()


def test_parts_of_any_size_give_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    X, background = rows(3), rows(20, seed=1)
    whole = contributions(logistic, X, background=background, names=NAMES)
    largest = []

    def watched(X: Floats) -> Floats:
        largest.append(X.size)
        return logistic(X)

    monkeypatch.setattr("garrison.evaluation.shapley.CELLS_AT_ONCE", 100)
    parts = contributions(watched, X, background=background, names=NAMES)
    assert parts.values == pytest.approx(whole.values, abs=1e-12)
    assert max(largest) <= 100


def test_no_more_scores_are_asked_for_than_allowed() -> None:
    asked = []

    def counted(X: Floats) -> Floats:
        asked.append(len(X))
        return logistic(X)

    X, background = rows(10), rows(50, seed=1)
    found = contributions(
        counted, X, background=background, names=NAMES, permutations=500, most_evaluations=900
    )
    assert sum(asked) <= 900 + 10 + 50
    assert found.permutations == 30
    assert found.values.sum(axis=1) + found.base == pytest.approx(logistic(X), abs=1e-9)
    with pytest.raises(DataError, match="10 rows of 4 features need 60"):
        contributions(counted, X, background=background, names=NAMES, most_evaluations=59)


def test_one_hot_columns_are_one_player() -> None:
    names = ["bytes", "service=http", "service=dns", "service=ssh", "proto=tcp", "a=b"]
    players = players_of(names)
    assert [(one.name, one.columns, one.categories) for one in players] == [
        ("bytes", (0,), ()),
        ("service", (1, 2, 3), ("http", "dns", "ssh")),
        ("proto", (4,), ("tcp",)),
        ("a", (5,), ("b",)),
    ]
    X = np.array([[3.0, 0, 1, 0, 1, 0], [4.0, 0, 0, 0, 0, 1]])
    background = np.array([[0.0, 1, 0, 0, 0, 0]])
    seen = []

    def score(X: Floats) -> Floats:
        seen.append(X)
        return np.asarray(X[:, 0] / 10 + X[:, 2])

    found = contributions(score, X, background=background, names=names)
    assert found.names == ("bytes", "service", "proto", "a")
    assert found.values == pytest.approx(np.array([[0.3, 1, 0, 0], [0.4, 0, 0, 0]]))
    assert found.data.tolist() == [[3, 1, 0, -1], [4, -1, -1, 0]]
    assert (np.concatenate(seen)[:, 1:4].sum(axis=1) <= 1).all()


def test_columns_can_be_put_together_by_hand() -> None:
    X, background = rows(3), rows(5, seed=1)
    players = (Player("left", (0, 2)), Player("right", (1, 3)))
    found = contributions(
        lambda X: X @ np.arange(4.0), X, background=background, names=NAMES, players=players
    )
    gain = np.arange(4.0) * (X - background.mean(axis=0))
    assert found.values == pytest.approx(np.stack([gain[:, [0, 2]].sum(1), gain[:, [1, 3]].sum(1)], axis=1))
    with pytest.raises(DataError, match="each column once"):
        contributions(logistic, X, background=background, names=NAMES, players=players[:1])


def test_the_strongest_still_add_up() -> None:
    X, background = rows(9), rows(30, seed=1)
    whole = contributions(logistic, X, background=background, names=NAMES)
    short = whole.strongest(2)
    assert short.names[2] == "2 others"
    assert short.weight[0] >= short.weight[1] == np.sort(whole.weight)[-2]
    assert short.values.sum(axis=1) == pytest.approx(whole.values.sum(axis=1))
    assert np.isnan(short.data[:, 2]).all()
    shorter = whole.strongest(3).strongest(2)
    assert (shorter.names, shorter.others) == (short.names, 2)
    assert shorter.values == pytest.approx(short.values)
    assert whole.strongest(4).names == tuple(np.array(NAMES)[np.argsort(-whole.weight)])
    again = Contributions.from_dict(json.loads(json.dumps(short.to_dict(), allow_nan=False)))
    assert (again.values == short.values).all()
    assert np.array_equal(again.data, short.data, equal_nan=True)
    assert (again.base, again.names, again.others) == (short.base, short.names, 2)
    assert (again.categories, again.permutations) == (short.categories, short.permutations)


@pytest.mark.parametrize("family", ["xgboost", "lightgbm"])
def test_the_ranking_is_that_of_tree_shap(family: str) -> None:
    from scipy.stats import spearmanr

    generator = np.random.default_rng(2)
    X = generator.normal(size=(800, 8))
    y = X @ [2, 1.5, -1, 0.7, 0.4, 0.2, 0.1, 0] + X[:, 0] * X[:, 1] + generator.normal(size=800) > 0
    score, tree_shap = TREES[family](X, y)
    ours = contributions(score, X[:60], background=X[400:500], names=[f"f{i}" for i in range(8)])
    theirs = np.abs(tree_shap(X[:60])[:, :-1]).mean(axis=0)
    assert spearmanr(ours.weight, theirs).statistic > 0.8


def _xgboost(X: Floats, y: NDArray[np.bool_]) -> tuple[Score, Score]:
    import xgboost

    model = xgboost.train({"objective": "binary:logistic", "max_depth": 4}, xgboost.DMatrix(X, y), 40)
    return (
        lambda X: np.asarray(model.predict(xgboost.DMatrix(X))),
        lambda X: np.asarray(model.predict(xgboost.DMatrix(X), pred_contribs=True)),
    )


def _lightgbm(X: Floats, y: NDArray[np.bool_]) -> tuple[Score, Score]:
    import lightgbm

    model = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(X, y), 40)
    return lambda X: np.asarray(model.predict(X)), lambda X: np.asarray(model.predict(X, pred_contrib=True))


TREES = {"xgboost": _xgboost, "lightgbm": _lightgbm}


def test_wrong_arguments_are_refused() -> None:
    X = rows(3)
    with pytest.raises(DataError, match="rows to explain have shape"):
        contributions(logistic, X, background=X, names=["a"])
    with pytest.raises(DataError, match="background rows have shape"):
        contributions(logistic, X, background=X[:0], names=NAMES)
    with pytest.raises(DataError, match="permutations"):
        contributions(logistic, X, background=X, names=NAMES, permutations=1)
    with pytest.raises(DataError, match="not finite"):
        contributions(lambda X: np.full(len(X), np.nan), X, background=X, names=NAMES)


def test_one_feature_takes_it_all() -> None:
    X = rows(3, 1)
    found = contributions(lambda X: X[:, 0], X, background=np.zeros((2, 1)), names=["a"])
    assert found.values[:, 0] == pytest.approx(X[:, 0])


def test_neighbours_of_other_columns_are_features_of_their_own() -> None:
    found = players_of(["a=x", "b=y", "b=z", "a=y"])
    assert [(player.name, player.columns) for player in found] == [("a", (0,)), ("b", (1, 2)), ("a", (3,))]


@pytest.mark.parametrize(
    ("permutations", "most", "expected"),
    [
        (10, 10_000, (5, 5)),  # fewer pairs than rows to draw from: each from a row of its own
        (200, 10_000, (100, 20)),  # five times through the rows
        (190, 10_000, (100, 20)),  # whole times through them
        (200, 720, (80, 20)),  # as often as can be paid for
        (200, 360, (40, 20)),
        (200, 1_000, (100, 20)),
        (200, 90, (11, 11)),
    ],
)
def test_orders_are_walked_in_whole_rounds_that_can_be_paid_for(
    permutations: int, most: int, expected: tuple[int, int]
) -> None:
    """One row of five features: a pair of orders costs 2 x 4 scores."""
    assert _pairs(1, 5, 20, permutations, most) == expected
