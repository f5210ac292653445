"""The figures of membership against what counting gives, and their saved form."""

import json

import numpy as np
import pytest

from garrison.attacks.privacy import FALSE_POSITIVE_RATES, FoundMembers, found_members
from garrison.errors import DataError


def test_shares_are_what_counting_gives() -> None:
    draw = np.random.default_rng(0)
    member = np.arange(4_000) < 2_000
    scores = draw.normal(size=4_000) + member
    found = found_members("any", "", scores, member)
    above = np.sort(scores[~member])[::-1]
    for fpr in FALSE_POSITIVE_RATES:
        share = (scores[member] > above[int(fpr * 2_000)]).mean()
        assert found.tpr[fpr].value == pytest.approx(share)
        assert found.tpr[fpr].low <= share <= found.tpr[fpr].high
    pairs = (scores[member][:, None] > scores[~member][None, :]).mean()
    assert found.auc.value == pytest.approx(pairs)
    assert found.balanced_accuracy.value == pytest.approx(norm_balance(), abs=0.02)
    assert found.roc[0] == (0.0, 0.0)
    assert found.roc[-1] == (1.0, 1.0)
    assert any(x == 0.001 for x, _ in found.roc)


def norm_balance() -> float:
    """What the best threshold on two normals, one deviation apart, judges rightly."""
    from scipy.stats import norm

    return float(norm.cdf(0.5))


def test_a_threshold_is_not_judged_on_what_chose_it() -> None:
    draw = np.random.default_rng(1)
    member = np.arange(60) < 30
    values = [
        found_members("any", "", draw.normal(size=60), member).balanced_accuracy.value for _ in range(12)
    ]
    assert abs(np.mean(values) - 0.5) < 0.05  # the best threshold on the same rows gives some 0.58


def test_nothing_found_is_no_certainty() -> None:
    member = np.arange(40) < 20
    found = found_members("any", "", np.where(member, 0.0, 1.0), member)
    assert found.tpr[0.001].value == 0
    assert found.tpr[0.001].high > 0.1


def test_the_saved_form_gives_the_same() -> None:
    member = np.arange(40) < 20
    found = found_members("any", "all", np.arange(40.0), member, shadows=3)
    assert FoundMembers.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@pytest.mark.parametrize(
    ("scores", "member"), [([0.0, np.nan], [True, False]), ([0.0, 1.0], [True, True]), ([0.0], [False])]
)
def test_what_cannot_be_judged_is_refused(scores: list[float], member: list[bool]) -> None:
    with pytest.raises(DataError, match="cannot be judged"):
        found_members("any", "", np.array(scores), np.array(member))
