from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from garrison.detection import FAMILIES, FamilySpec, Leaderboard, search
from garrison.detection import crossval as crossval_module
from garrison.errors import ModelError, SettingsError

Quick = Callable[[str], dict[str, Any]]


def _facts(board: Leaderboard) -> list[Any]:
    return [(row.to_dict(), row.out_of_fold.tobytes()) for row in board.rows]


def test_the_number_of_processes_changes_nothing(data: Any, quick: Quick) -> None:
    specs = [FamilySpec(name, quick(name)) for name in FAMILIES]
    one, two = (
        search(specs, data.X, data.y, data.groups, metric="brier", folds=2, seed=3, jobs=jobs)
        for jobs in (1, 2)
    )
    assert _facts(one) == _facts(two)
    values = [row.interval.value for row in one.rows]
    assert values == sorted(values)
    assert {row.family for row in one.rows} == set(FAMILIES)


def test_every_combination_of_a_grid_is_a_row(data: Any) -> None:
    spec = FamilySpec("knn", {"votes": "uniform"}, {"neighbours": [1, 3], "one_hot_levels": [0, 5]})
    board = search([spec], data.X, data.y, data.groups, metric="auc", folds=2)
    assert len(board.rows) == 4
    assert {row.params["votes"] for row in board.rows} == {"uniform"}
    assert board.best.interval.value == max(row.interval.value for row in board.rows)
    assert [row.family for row in board.best_of_each] == ["knn"]


def test_without_a_grid_the_family_brings_its_own_less_what_is_fixed() -> None:
    own = len(FAMILIES["knn"].grid["neighbours"])
    assert len(FamilySpec("knn").candidates()) == own
    assert FamilySpec("knn", {"neighbours": 2}).candidates() == [{"neighbours": 2}]


def test_a_vote_takes_the_best_of_each_family_and_fits_nothing_again(
    data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []
    fit_fold = crossval_module.fit_fold

    def noted(candidate: Any, *rest: Any) -> Any:
        fitted.append(candidate.family)
        return fit_fold(candidate, *rest)

    monkeypatch.setattr(crossval_module, "fit_fold", noted)
    specs = [
        FamilySpec(
            "soft_voting", {"mean": "probability", "members": ["knn", {"family": "extra_trees", "weight": 2}]}
        ),
        FamilySpec("knn", grid={"neighbours": [1, 7]}),
        FamilySpec("extra_trees", {"trees": 5}),
    ]
    board = search(specs, data.X, data.y, data.groups, folds=2)
    assert sorted(fitted) == ["extra_trees"] * 2 + ["knn"] * 4
    best = {row.family: row for row in board.best_of_each}
    members = best["soft_voting"].params["members"]
    assert members[0]["params"] == best["knn"].params
    assert members[1]["params"]["trees"] == 5
    expected = (best["knn"].out_of_fold + 2 * best["extra_trees"].out_of_fold) / 3
    np.testing.assert_allclose(best["soft_voting"].out_of_fold, expected, rtol=1e-12)


def test_optuna_draws_the_same_whatever_the_processes(data: Any) -> None:
    specs = [FamilySpec("logistic_regression", trials=4), FamilySpec("knn", {"votes": "uniform"}, trials=3)]
    boards = [
        search(specs, data.X, data.y, data.groups, method="optuna", folds=2, seed=5, jobs=jobs)
        for jobs in (1, 2)
    ]
    assert _facts(boards[0]) == _facts(boards[1])
    rows = boards[0].rows
    assert [sum(row.family == name for row in rows) for name in ("logistic_regression", "knn")] == [4, 3]
    assert {row.params["votes"] for row in rows if row.family == "knn"} == {"uniform"}


def test_optuna_is_told_of_the_defaults_that_lie_in_its_ranges(
    data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import optuna

    studies: list[Any] = []
    create = optuna.create_study

    def noted(**given: Any) -> Any:
        studies.append(create(**given))
        return studies[-1]

    monkeypatch.setattr(optuna, "create_study", noted)
    spec = FamilySpec("lightgbm", {"trees": 5, "leaves": 500}, trials=2)
    board = search([spec], data.X, data.y, data.groups, method="optuna", metric="auc", folds=2)
    first, second = studies[0].trials
    defaults = FAMILIES["lightgbm"].defaults
    outside = {"reg_lambda", "leaves"}
    assert first.params == {name: defaults[name] for name in second.params if name not in outside}
    assert outside <= set(second.params)
    told = {row.params["learning_rate"]: row.interval.value for row in board.rows}
    assert first.value == pytest.approx(told[defaults["learning_rate"]])


@pytest.mark.parametrize("name", list(FAMILIES))
def test_every_family_can_be_drawn(name: str) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trial = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0)).ask()
    drawn = FAMILIES[name].suggest(trial)
    assert set(drawn) <= set(FAMILIES[name].defaults)
    assert FAMILIES[name].complete(drawn)


@pytest.mark.parametrize(
    ("specs", "method", "said"),
    [
        ([], "grid", "no family competes"),
        ([FamilySpec("nothing")], "grid", "no family 'nothing'"),
        ([FamilySpec("knn", grid={"neighbors": [1]})], "grid", "no parameter 'neighbors'"),
        ([FamilySpec("knn", {"neighbours": 1}, {"neighbours": [1]})], "grid", "both fixed and searched"),
        ([FamilySpec("knn", grid={"neighbours": []})], "grid", "the grid of 'neighbours'"),
        ([FamilySpec("knn", grid={"neighbours": list(range(1, 10_050))})], "grid", "10,049 combinations"),
        ([FamilySpec("knn")], "random", "no search 'random'"),
        ([FamilySpec("knn", trials=0)], "optuna", "0 trials"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(
    specs: list[FamilySpec], method: Any, said: str, data: Any
) -> None:
    with pytest.raises(SettingsError, match=said):
        search(specs, data.X, data.y, data.groups, method=method)


def test_a_failing_fit_in_another_process_says_what_was_wrong(data: Any) -> None:
    with pytest.raises(ModelError, match="logistic_regression cannot be trained"):
        search([FamilySpec("logistic_regression", {"C": -1.0})], data.X, data.y, data.groups, jobs=2)


def test_rows_hold_json_values_and_no_times(data: Any) -> None:
    from garrison.files import canonical_json

    board = search([FamilySpec("logistic_regression")], data.X, data.y, data.groups, folds=2)
    row = board.best.to_dict()
    assert "seconds" not in canonical_json(row)
    assert row["low"] <= row["mean"] <= row["high"]
    assert board.best.seconds > 0
