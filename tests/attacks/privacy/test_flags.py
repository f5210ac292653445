"""Each flag is raised by what it is about, and by nothing else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from garrison.attacks.privacy import FoundMembers, Signals, found_members
from garrison.attacks.privacy.flags import of_attacks, of_shadows, of_sides, of_signals
from garrison.evaluation import Interval

FINE: dict[str, Any] = {
    "others": 2_000,
    "duplicates": 10,
    "apart": Interval(0.51, 0.48, 0.54, 0.99, ""),
    "learnt_from": 900,
    "trained_on": 1_000,
    "recipe": False,
}
WRONG = [
    ("too_few_samples", {"others": 999}),
    ("duplicates", {"duplicates": 900}),
    ("told_apart_without_the_model", {"apart": Interval(0.6, 0.55, 0.65, 0.99, "")}),
    ("fewer_rows", {"learnt_from": 700}),
]


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    assert of_sides(**FINE) == []
    assert of_sides(**{**FINE, "trained_on": None, "apart": None}) == []
    assert of_shadows(8) == []


@pytest.mark.parametrize(("name", "facts"), WRONG)
def test_what_is_wrong_with_the_rows_is_said(name: str, facts: dict[str, Any]) -> None:
    assert [flag.name for flag in of_sides(**{**FINE, **facts})] == [name]


def test_few_shadows_are_said() -> None:
    assert [flag.name for flag in of_shadows(7)] == ["too_few_shadows"]
    assert "left out" in of_shadows(3)[0].why
    assert "left out" not in of_shadows(4)[0].why


def judged(scores: Any, *, shadows: int = 0) -> FoundMembers:
    return found_members(
        "any", "", np.asarray(scores, dtype=np.float64), np.arange(200) < 100, shadows=shadows
    )


def of_models(target: Any, shadows: Any) -> Signals:
    inside = np.arange(8)[:, None] % 2 == np.arange(200)[None, :] % 2
    return Signals(np.asarray(target, dtype=np.float64), np.arange(200) < 100, np.asarray(shadows), inside)


def test_models_that_are_surer_than_numbers_can_say_are_said() -> None:
    shadows = np.full((8, 200), 30.0)
    flags = of_signals(of_models(np.full(200, 30.0), shadows), [judged(np.zeros(200))])
    assert [flag.name for flag in flags] == ["saturated"]
    assert of_signals(of_models(np.full(200, 30.0), shadows), [judged(np.arange(200)[::-1])]) == []


def test_a_model_of_another_make_than_its_shadows_is_said() -> None:
    draw = np.random.default_rng(0)
    shadows = draw.normal(size=(8, 200))
    alike = of_models(draw.normal(size=200), shadows)
    assert of_signals(alike, []) == []
    other = replace(alike, target=alike.target - 3)
    assert [flag.name for flag in of_signals(other, [])] == ["unlike_its_shadows"]


def test_an_attack_that_loses_to_one_that_knows_less_is_said() -> None:
    good, bad = np.arange(200)[::-1], np.arange(200) % 7
    plain, worse = of_attacks([judged(good), judged(bad, shadows=8)])
    assert not plain.flags
    assert [flag.name for flag in worse.flags] == ["less_knowledge_does_better"]
    assert not any(each.flags for each in of_attacks([judged(bad), judged(good, shadows=8)]))
