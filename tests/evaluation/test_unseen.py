import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.errors import DataError
from garrison.evaluation.unseen import UnseenScores

BENIGN = np.linspace(0.0, 0.4, 200)


def test_each_kind_is_told_at_the_threshold() -> None:
    found = UnseenScores(
        {"scan": np.array([0.2, 0.6, 0.7, 0.9]), "flood": np.array([0.1, 0.8])},
        {"scan": np.array([0.1, 0.3]), "flood": np.array([0.2, 0.5])},
    )
    scan, flood = found.kinds(0.6)
    assert (scan.attack, scan.rows, scan.recall) == ("scan", 4, 0.75)
    assert scan.auc == pytest.approx(7 / 8)
    assert scan.mean_score == pytest.approx(0.6)
    assert (flood.attack, flood.recall, flood.auc) == ("flood", 0.5, 0.5)
    assert found.false_positive_rate(0.5) == 0.25


def test_the_threshold_lies_where_unseen_attacks_and_benign_rows_part() -> None:
    found = UnseenScores({"scan": np.linspace(0.6, 1.0, 50)}, {"scan": BENIGN})
    assert 0.35 < found.threshold(seed=0) < 0.62


def test_every_kind_counts_alike_whatever_its_rows() -> None:
    """A thousand rows of one kind do not outvote ten of another."""
    many, few = np.full(1000, 0.9), np.linspace(0.2, 0.3, 10)
    benign = np.linspace(0.0, 0.1, 100)
    found = UnseenScores({"many": many, "few": few}, {"many": benign, "few": benign})
    assert found.threshold(seed=1) < 0.2
    assert found.kinds(found.threshold(seed=1))[1].recall == 1.0


def test_ties_are_never_flagged_in_part() -> None:
    """A forest gives most benign rows the very same score, zero, which no threshold may stand on."""
    found = UnseenScores({"scan": np.full(30, 0.2)}, {"scan": np.zeros(300)})
    assert 0.0 < found.threshold(seed=0) <= 0.2
    assert found.false_positive_rate(found.threshold(seed=0)) == 0.0


def test_a_kind_is_told_at_a_threshold_that_it_did_not_place() -> None:
    """The threshold that all place together lies under ``low``, which its own scores pulled down."""
    benign = np.linspace(0.0, 0.1, 100)
    found = UnseenScores({"high": np.full(20, 0.9), "low": np.full(20, 0.2)}, {"high": benign, "low": benign})
    together, apart = found.threshold(seed=0), found.thresholds_apart(seed=0)
    assert together < 0.2 < apart["low"]
    assert {kind.attack: kind.recall for kind in found.kinds(together)} == {"high": 1.0, "low": 1.0}
    assert {kind.attack: kind.recall for kind in found.kinds(apart)} == {"high": 1.0, "low": 0.0}


def test_a_lone_kind_has_no_others() -> None:
    assert UnseenScores({"scan": np.ones(3)}, {"scan": np.zeros(3)}).thresholds_apart(seed=0) == {}


@given(seed=st.integers(0, 2**16))
def test_a_seed_gives_one_threshold_within_the_scores(seed: int) -> None:
    draw = np.random.default_rng(seed)
    found = UnseenScores(
        {"a": draw.random(20), "b": draw.random(5)}, {"a": draw.random(40), "b": draw.random(40)}
    )
    assert found.threshold(seed=seed, resamples=9) == found.threshold(seed=seed, resamples=9)
    assert 0 <= found.threshold(seed=seed, resamples=9) <= 1


@pytest.mark.parametrize(
    ("attacks", "benign"),
    [({}, {}), ({"a": np.array([])}, {"a": np.array([0.1])}), ({"a": np.array([0.1])}, {"a": np.array([])})],
)
def test_nothing_held_out_is_refused(attacks: dict[str, object], benign: dict[str, object]) -> None:
    with pytest.raises(DataError):
        UnseenScores(attacks, benign)  # type: ignore[arg-type]
