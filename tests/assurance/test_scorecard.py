"""A scorecard is written, read back, judged by gates, and shown with every gate and every doubt."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cards import small_card

from garrison.assurance import read_gates, report_html
from garrison.assurance.scorecard import Figure, Scorecard, scorecard_report
from garrison.errors import DataError


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = small_card().judge(read_gates({"auc": ">= 0.5"}))
    assert Scorecard.read(card.write(tmp_path / "card.json")) == card


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 2}', b"\xff\xfe", b"null"])
def test_what_is_no_scorecard_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        Scorecard.read(path)
    with pytest.raises(DataError, match="cannot be read"):
        Scorecard.read(tmp_path / "nowhere.json")


def test_gates_are_judged_by_its_figures_and_say_by_how_much() -> None:
    card = small_card().judge(
        read_gates(
            {
                "auc": ">= 0.9",
                "evasion.detection@cost=2": ">= 0.9",
                "latency.p99_ms": "<= 2.3",
                "membership.auc": "<= 0.6",
            }
        )
    )
    assert [str(gate) for gate in card.missed] == [
        "evasion.detection@cost=2 >= 0.9: 0.4000 (missed by 0.5)",
        "latency.p99_ms <= 2.3: 2.5000 (missed by 0.2)",
        "membership.auc <= 0.6: not measured",
    ]


def test_a_figure_that_is_not_believed_keeps_no_gate_and_still_misses_one() -> None:
    gates = read_gates({"evasion.detection@cost=2": ">= 0.3", "auc": ">= 0.5"})
    for doubt in ("cut", "too_few_samples", "trained_on_these_rows"):
        missed = small_card(doubt=doubt).judge(gates).missed
        assert [str(gate) for gate in missed] == [
            f"evasion.detection@cost=2 >= 0.3: 0.4000 (not to be believed: {doubt})"
        ]
    assert not small_card(doubt="own_units").judge(gates).missed
    strict = read_gates({"evasion.detection@cost=2": ">= 0.9"})
    assert "missed by 0.5" in str(small_card(doubt="cut").judge(strict).missed[0])


def test_the_page_shows_gates_doubts_and_what_was_not_measured_and_no_markup_of_others() -> None:
    card = small_card(doubt="too_few_samples", why="<script>alert(1)</script>").judge(
        read_gates({"evasion.detection@cost=2": ">= 0.9"})
    )
    page = report_html(scorecard_report(card))
    assert "1 of 1 gates missed" in page
    assert "missed by 0.5" in page
    assert "too_few_samples" in page
    assert "not measured: no kinds" in page
    assert "<script>alert" not in page
    assert "all gates kept" in report_html(scorecard_report(small_card().judge(read_gates({"auc": "> 0"}))))
    assert "No gates were stated" in report_html(scorecard_report(small_card()))


@given(st.floats(0, 1e6), st.floats(0, 1))
def test_a_figure_is_told_with_its_interval_and_its_unit(value: float, share: float) -> None:
    assert str(Figure.measured("latency.p50_ms", value, protocol="")).endswith(" ms")
    told = str(Figure.measured("auc", share, low=0.0, high=1.0, protocol=""))
    assert told == f"{share:.3f} [0.000, 1.000]"
