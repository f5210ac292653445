"""Gates keep or refuse what they say; what cannot be read as a gate is refused at the edge."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.assurance import Gate, judge_gates, read_gates
from garrison.errors import SettingsError

Numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(Numbers, st.floats(0, 1, width=32))
def test_the_four_signs_mean_what_they_say(value: float, bound: float) -> None:
    kept = {
        sign: Gate.read("auc", f"{sign} {bound!r}").judge(value).passed for sign in (">=", "<=", ">", "<")
    }
    assert kept == {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_keeps_no_gate(value: float | None) -> None:
    for sign in (">=", "<=", ">", "<"):
        result = Gate.read("ece", f"{sign} 0.5").judge(value)
        assert (result.passed, result.value) == (False, None)
        assert "not measured" in str(result)


def test_a_gate_whose_figure_is_missing_is_missed() -> None:
    gates = read_gates({"auc": ">= 0.5", "recall@fpr=0.01": ">0.2", "brier": None})
    results = judge_gates(gates, {"auc": 0.9})
    assert [(each.name, each.bound, each.passed) for each in results] == [
        ("auc", ">= 0.5", True),
        ("recall@fpr=0.01", "> 0.2", False),
    ]


@pytest.mark.parametrize(
    "bound", ["", "0.8", "= 0.8", ">= ", ">= x", ">= 0.8 0.9", "=> 0.8", ">= nan", ">= 1e999"]
)
def test_what_is_no_bound_is_refused(bound: str) -> None:
    with pytest.raises(SettingsError, match="not a bound"):
        Gate.read("auc", bound)


def test_an_unknown_metric_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError, match="did you mean auc"):
        read_gates({"auk": ">= 0.8"})


def test_a_gate_is_written_in_one_way_and_read_back_with_all_its_digits() -> None:
    for written in ("evasion.detection@cost=2.0", "evasion.detection@cost=2", "evasion.detection@cost=2e0"):
        assert Gate.read(written, ">= 0.5").name == "evasion.detection@cost=2"
    found = Gate.read("throughput.rows_per_s", ">= 1234567").judge(1234567.0)
    again = Gate.read(found.name, found.bound).judge(1234567.0)
    assert found.passed
    assert again == found


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("membership.auc", "<= 55"),
        ("recall@fpr=0.01", ">= 1.5"),
        ("auc", ">= -1"),
        ("latency.p99_ms", "< -2"),
    ],
)
def test_a_bound_that_nothing_or_everything_keeps_is_refused(name: str, bound: str) -> None:
    with pytest.raises(SettingsError, match="can never be"):
        Gate.read(name, bound)
    assert Gate.read("latency.p99_ms", "<= 250").judge(2.5).passed
    assert Gate.read("log_loss", "<= 1.5").judge(0.3).passed
