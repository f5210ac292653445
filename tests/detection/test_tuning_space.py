"""What a search space may say, and what is refused before anything runs."""

from typing import Any

import pytest

from garrison.detection import FAMILIES
from garrison.detection.tuning import read_space
from garrison.errors import SettingsError


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in ("soft_voting",)])
def test_every_family_brings_a_space_of_its_own_that_it_takes(name: str) -> None:
    space = read_space(name)
    FAMILIES[name].complete(dict.fromkeys(space.distributions))
    fixed = next(iter(space.distributions))
    left = set(space.distributions) - {fixed}
    if left:
        defaults = FAMILIES[name].defaults
        assert set(read_space(name, fixed={fixed: defaults[fixed]}).distributions) == left


@pytest.mark.parametrize(
    ("says", "kind", "facts"),
    [
        ({"max_depth": {"low": 3, "high": 10}}, "IntDistribution", (3, 10, False, 1)),
        ({"reg_lambda": {"low": 1, "high": 10}}, "FloatDistribution", (1.0, 10.0, False, None)),
        ({"learning_rate": {"low": 0.01, "high": 0.3, "log": True}}, "FloatDistribution", (0.01, 0.3, True, None)),
        ({"trees": {"low": 100, "high": 500, "step": 100}}, "IntDistribution", (100, 500, False, 100)),
    ],
)  # fmt: skip
def test_ranges_are_whole_where_the_parameter_is(says: Any, kind: str, facts: tuple[Any, ...]) -> None:
    (found,) = read_space("xgboost", says).distributions.values()
    assert type(found).__name__ == kind
    assert (found.low, found.high, found.log, found.step) == facts


def test_choices_may_be_lists_and_nothing() -> None:
    space = read_space("mlp", {"layers": {"choices": [[64], [128, 64]]}})
    assert space.values({"layers": space.distributions["layers"].choices[1]}) == {"layers": [128, 64]}
    assert space.start(FAMILIES["mlp"].complete({})) == {"layers": space.distributions["layers"].choices[1]}
    depth = read_space("random_forest", {"max_depth": {"choices": [None, 8]}})
    assert [depth.values({"max_depth": each})["max_depth"] for each in ("null", "8")] == [None, 8]


def test_the_start_holds_only_what_could_have_been_drawn() -> None:
    space = read_space("xgboost", {"max_depth": {"low": 2, "high": 4}, "gamma": {"low": 0.0, "high": 1.0}})
    assert space.start(FAMILIES["xgboost"].complete({})) == {"gamma": 0.0}


@pytest.mark.parametrize(
    "says",
    [
        {"colour": {"low": 1, "high": 2}},
        {"max_depth": {"low": 1}},
        {"max_depth": {"low": 1, "high": 2, "middle": 3}},
        {"max_depth": {"low": 5, "high": 2}},
        {"max_depth": {"low": 0.5, "high": 2.5}},
        {"max_depth": {"low": "1", "high": 2}},
        {"max_depth": {"low": 0, "high": 5, "log": True}},
        {"max_depth": {"choices": []}},
        {"max_depth": {"choices": [1], "low": 1, "high": 2}},
        {"max_depth": [1, 2]},
        {"max_depth": {}},
    ],
)
def test_spaces_that_hold_nothing_are_refused(says: Any) -> None:
    with pytest.raises(SettingsError):
        read_space("xgboost", says)


def test_text_and_switches_have_no_range() -> None:
    for family, name in (("random_forest", "criterion"), ("random_forest", "bootstrap"), ("mlp", "layers")):
        with pytest.raises(SettingsError, match="no number"):
            read_space(family, {name: {"low": 0, "high": 1}})


def test_fixed_and_searched_contradict_each_other() -> None:
    with pytest.raises(SettingsError, match="both fixed and searched"):
        read_space("knn", {"neighbours": {"low": 1, "high": 9}}, fixed={"neighbours": 3})
    with pytest.raises(SettingsError, match="no parameter left"):
        read_space("soft_voting")
