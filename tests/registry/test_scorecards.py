"""The scorecard that was kept of a version speaks for or against it; one of another model does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from small_cards import small_card
from small_detectors import judged_record

from garrison.assurance import read_gates
from garrison.errors import DataError, NotAccepted
from garrison.files import sha256_of
from garrison.registry import (
    LocalRegistry,
    Version,
    keep_scorecard,
    promote_judged,
    scorecard_of,
)
from garrison.registry.scorecards import scorecard_path

GATES = {"evasion.detection@cost=2": ">= 0.9"}


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "models")


@pytest.fixture
def version(registry: LocalRegistry, make_detector: Callable[..., Path]) -> Version:
    return registry.push(make_detector(), "sites", record=judged_record())


def digest(version: Version) -> str:
    return sha256_of(version.detector / "manifest.json")


def test_a_missed_gate_keeps_a_version_out_until_it_is_measured_anew(
    registry: LocalRegistry, version: Version
) -> None:
    bad = small_card(digest=digest(version)).judge(read_gates(GATES))
    assert keep_scorecard(registry, bad) is not None
    assert scorecard_of(registry, version) == bad
    with pytest.raises(NotAccepted, match=r"evasion.detection@cost=2 >= 0.9: 0.4000 \(missed by 0.5\)"):
        promote_judged(registry, "sites", 1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.95).judge(read_gates(GATES)))
    assert promote_judged(registry, "sites", 1).stage == "production"


def test_a_gate_that_the_run_could_not_measure_is_answered_by_the_newest_scorecard(
    registry: LocalRegistry, make_detector: Callable[..., Path]
) -> None:
    version = pushed(registry, make_detector, detection=None)
    with pytest.raises(NotAccepted, match="not measured"):
        promote_judged(registry, "sites", 1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.97))
    assert promote_judged(registry, "sites", 1).stage == "production"


def test_what_the_run_measured_is_measured_anew_on_its_own_test_part_only(
    registry: LocalRegistry, make_detector: Callable[..., Path]
) -> None:
    version = pushed(registry, make_detector, detection=0.1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.97))
    with pytest.raises(NotAccepted, match=r"0.1000 \(missed by 0.8\)"):
        promote_judged(registry, "sites", 1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.97, own_test=True, doubt="cut"))
    with pytest.raises(NotAccepted, match="not to be believed: cut"):
        promote_judged(registry, "sites", 1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.97, own_test=True))
    assert promote_judged(registry, "sites", 1).stage == "production"


def test_a_part_that_is_left_out_later_excuses_nothing(registry: LocalRegistry, version: Version) -> None:
    whole = small_card(digest=digest(version)).judge(read_gates(GATES))
    keep_scorecard(registry, whole)
    keep_scorecard(registry, whole.model_copy(update={"parts": whole.parts[:1], "gates": ()}))
    with pytest.raises(NotAccepted, match=r"evasion\.detection@cost=2 >= 0\.9: 0\.4000"):
        promote_judged(registry, "sites", 1)


def test_a_gate_that_is_not_stated_again_is_judged_by_the_new_figure(
    registry: LocalRegistry, version: Version
) -> None:
    keep_scorecard(registry, small_card(digest=digest(version)).judge(read_gates(GATES)))
    looser = read_gates({"evasion.detection@cost=2": ">= 0.1"})
    for again in ((), looser):
        keep_scorecard(registry, small_card(digest=digest(version), detection=0.5).judge(again))
        with pytest.raises(NotAccepted, match=r"evasion\.detection@cost=2 >= 0\.9: 0\.5000"):
            promote_judged(registry, "sites", 1)
    keep_scorecard(registry, small_card(digest=digest(version), detection=0.95))
    assert promote_judged(registry, "sites", 1).stage == "production"


def pushed(
    registry: LocalRegistry, make_detector: Callable[..., Path], *, detection: float | None
) -> Version:
    """A version whose run stated a gate on detection under attack, and measured so much, or nothing."""
    record = judged_record()
    gates = [*record["judgement"]["gates"], read_gates(GATES)[0].judge(detection).model_dump()]
    return registry.push(
        make_detector(), "sites", record={**record, "judgement": {**record["judgement"], "gates": gates}}
    )


def test_a_scorecard_of_another_model_is_not_kept_and_one_put_there_by_hand_speaks_against_it(
    registry: LocalRegistry, version: Version
) -> None:
    for card in (
        small_card(),
        small_card(digest=digest(version), version=7),
        small_card(digest=digest(version), version=None),
    ):
        assert keep_scorecard(registry, card) is None
    assert scorecard_of(registry, version) is None
    path = small_card().write(scorecard_path(registry, "sites", 1))
    with pytest.raises(DataError, match="of another model"):
        scorecard_of(registry, version)
    with pytest.raises(NotAccepted, match="of another model"):
        promote_judged(registry, "sites", 1)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(NotAccepted, match="cannot be read"):
        promote_judged(registry, "sites", 1)
