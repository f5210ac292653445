from typing import Any

import numpy as np
import pytest

from garrison.detection import unknown_attacks
from garrison.detection.crossval import Candidate
from garrison.detection.unknown_attacks import fit_without, hold_out_attacks, kinds_of
from garrison.errors import DataError

ROWS = {"": 100, "scan": 30, "flood": 20, "worm": 3}
NAMES = np.concatenate([np.full(count, name, dtype=object) for name, count in ROWS.items()])
LABELS = NAMES != ""
X = np.random.default_rng(0).normal(size=(len(NAMES), 3)) + 2.0 * LABELS[:, None]


def held(
    monkeypatch: pytest.MonkeyPatch, groups: np.ndarray[Any, Any], rows: np.ndarray[Any, Any] = X
) -> list[dict[str, Any]]:
    """The rows that each fit was given and asked for."""
    seen: list[dict[str, Any]] = []

    def noting(candidate: Candidate, *task: Any) -> Any:
        weights, kept, attack, benign, _, _, labels = task
        seen.append({"kept": kept, "attack": attack, "benign": benign, "weights": weights, "labels": labels})
        return fit_without(candidate, *task)

    monkeypatch.setattr(unknown_attacks, "fit_without", noting)
    hold_out_attacks("logistic_regression", {}, rows, LABELS, NAMES, groups, seed=1)
    return seen


def test_no_model_learns_a_row_of_the_kind_it_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = held(monkeypatch, np.arange(len(NAMES)))
    assert [{*NAMES[each["attack"]]} for each in seen] == [{"flood"}, {"scan"}, {"worm"}]
    for each in seen:
        kind = NAMES[each["attack"][0]]
        assert kind not in NAMES[each["kept"]]
        assert len(each["attack"]) == ROWS[kind]
        assert not LABELS[each["benign"]].any()
        assert not np.intersect1d(each["benign"], each["kept"]).size
        assert len(each["benign"]) == 20


def test_a_twin_of_a_row_held_out_is_not_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood whose features equal those of a scan leaves the training rows when scans are held out."""
    groups = np.arange(len(NAMES))
    scan, flood = np.flatnonzero(NAMES == "scan")[0], np.flatnonzero(NAMES == "flood")[0]
    groups[flood] = groups[scan]
    for each in held(monkeypatch, groups):
        if NAMES[each["attack"][0]] == "scan":
            assert flood not in each["kept"]
        assert not np.intersect1d(groups[each["kept"]], groups[each["attack"]]).size


def test_scores_come_back_under_the_kinds_names() -> None:
    found = hold_out_attacks("logistic_regression", {}, X, LABELS, NAMES, np.arange(len(NAMES)), seed=0)
    assert {name: len(scores) for name, scores in found.attacks.items()} == {
        "flood": 20,
        "scan": 30,
        "worm": 3,
    }
    assert all(kind.auc > 0.8 for kind in found.kinds(0.5))
    again = hold_out_attacks(
        "logistic_regression", {}, X, LABELS, NAMES, np.arange(len(NAMES)), seed=0, jobs=2
    )
    for name, scores in found.attacks.items():
        np.testing.assert_array_equal(scores, again.attacks[name])


def test_weights_are_those_of_the_rows_learnt_from(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def weigh(y: Any, attacks: Any) -> Any:
        asked.append(len(y))
        assert len(attacks) == len(y)
        return np.ones(len(y))

    hold_out_attacks("logistic_regression", {}, X, LABELS, NAMES, np.arange(len(NAMES)), seed=0, weigh=weigh)
    assert asked == [len(NAMES) - 20 - ROWS[kind] for kind in ("flood", "scan", "worm")]


def test_one_kind_alone_cannot_be_held_out() -> None:
    names = np.where(LABELS, "scan", "").astype(object)
    assert kinds_of(LABELS, names) == ["scan"]
    with pytest.raises(DataError, match="1 kind"):
        hold_out_attacks("logistic_regression", {}, X, LABELS, names, np.arange(len(names)), seed=0)


def test_benign_rows_of_few_groups_cannot_be_held_out() -> None:
    groups = np.where(LABELS, np.arange(len(NAMES)), 0)
    with pytest.raises(DataError, match="too few groups"):
        hold_out_attacks("logistic_regression", {}, X, LABELS, NAMES, groups, seed=0)


def test_an_equal_row_of_another_group_is_not_learnt_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows are grouped by their source, another source may have sent the very same."""
    twin, scan = np.flatnonzero(NAMES == "flood")[3], np.flatnonzero(NAMES == "scan")[2]
    rows = X.copy()
    rows[twin] = rows[scan]
    for each in held(monkeypatch, np.arange(len(NAMES)), rows):
        if NAMES[each["attack"][0]] == "scan":
            assert twin not in each["kept"]
