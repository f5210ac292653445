"""What a candidate needs: its gates, and after the first model a gain that is no accident."""

import pytest

from garrison.assurance import Gate, Judgement, Rival, Span

FOUND = Span(value=0.9, low=0.85, high=0.95)


def judged(
    gain: tuple[float, float, float] | None = None,
    *,
    margin: float = 0.0,
    auc: float = 0.9,
    faults: tuple[str, ...] = (),
) -> Judgement:
    rival = None
    if gain is not None:
        value, low, high = gain
        rival = Rival(version=3, digest="d", value=0.8, gain=Span(value=value, low=low, high=high))
    gates = (Gate.read("auc", ">= 0.7").judge(auc),)
    return Judgement(metric="recall", found=FOUND, margin=margin, gates=gates, faults=faults, rival=rival)


def test_the_first_model_needs_its_gates_alone() -> None:
    assert judged().accepted
    assert judged().verdict() == "accepted: the first model; recall 0.900 [0.850, 0.950]; it keeps 1 gate(s)"
    refused = judged(auc=0.6)
    assert not refused.accepted
    assert refused.verdict() == "not accepted: it misses the gate auc >= 0.7: 0.6000 (missed by 0.1)"


@pytest.mark.parametrize(
    ("gain", "margin", "accepted"),
    [
        ((0.05, 0.01, 0.09), 0.0, True),
        ((0.05, 0.0, 0.09), 0.0, False),
        ((0.05, -0.01, 0.11), 0.0, False),
        ((0.05, 0.01, 0.09), 0.01, False),
        ((0.05, 0.011, 0.09), 0.01, True),
        ((-0.01, 0.01, 0.02), 0.0, False),
        ((-0.05, -0.09, -0.01), 0.0, False),
    ],
)
def test_a_later_one_needs_the_whole_interval_of_its_gain(
    gain: tuple[float, float, float], margin: float, accepted: bool
) -> None:
    judgement = judged(gain, margin=margin)
    assert judgement.accepted is accepted
    assert judgement.verdict().startswith("accepted: " if accepted else "not accepted: ")
    assert f"{gain[0]:+.4f} [{gain[1]:+.4f}, {gain[2]:+.4f}]" in judgement.verdict()


def test_a_sure_gain_does_not_make_up_for_a_missed_gate() -> None:
    judgement = judged((0.05, 0.01, 0.09), auc=0.5, faults=("it catches none",))
    assert judgement.objections() == (
        "it catches none",
        "it misses the gate auc >= 0.7: 0.5000 (missed by 0.2)",
    )


def test_a_model_that_cannot_be_compared_is_not_accepted() -> None:
    rival = Rival(version=2, digest="d", refused="a column is missing")
    judgement = Judgement(metric="recall", found=FOUND, margin=0, rival=rival)
    assert "cannot be compared (a column is missing)" in judgement.verdict()
    assert not judgement.accepted


def test_it_comes_back_from_json_as_it_was() -> None:
    judgement = judged((0.05, 0.01, 0.09), margin=0.002)
    assert Judgement.model_validate_json(judgement.model_dump_json()) == judgement
