"""Who may go into production, and who may not unless somebody says why."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_detectors import judged_record

from garrison.errors import NotAccepted, RegistryError, UsageError
from garrison.registry import LocalRegistry, Version, promote_judged

MakeDetector = Callable[..., Path]
Push = Callable[..., Version]


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "models", wait_s=20)


@pytest.fixture
def push(registry: LocalRegistry, make_detector: MakeDetector) -> Push:
    """Pushes a detector with a judgement: its AUC at the gate 0.7, and its gain over a version, if one is given."""

    def pushed(content: str, **judged: Any) -> Version:
        return registry.push(make_detector(content), "sites", record=judged_record(**judged))

    return pushed


def in_production(registry: LocalRegistry) -> int | None:
    current = registry.current("sites")
    return current.version if current else None


def test_the_first_goes_in_by_its_gates_and_the_next_by_a_sure_gain(
    registry: LocalRegistry, push: Push
) -> None:
    push("one")
    first = promote_judged(registry, "sites", 1)
    push("two", over=first)
    assert promote_judged(registry, "sites", 2).version == 2
    assert [move.overruled for move in registry.history("sites")] == [(), ()]


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ({"auc": 0.6}, "misses the gate auc >= 0.7: 0.6000"),
        ({"low": -0.01}, "not all of it above 0"),
        ({"over": None}, "never compared with version 1"),
        ({"auc": 0.6, "low": -0.01}, r"misses the gate[\s\S]*not all of it above 0"),
    ],
)
def test_what_is_not_good_enough_stays_out_unless_a_reason_is_given(
    registry: LocalRegistry, push: Push, candidate: dict[str, Any], said: str
) -> None:
    push("one")
    first = promote_judged(registry, "sites", 1)
    push("two", **{"over": first, **candidate})
    with pytest.raises(NotAccepted, match=said):
        promote_judged(registry, "sites", 2)
    for reason in (None, "", "  "):
        with pytest.raises(UsageError, match="needs a reason"):
            promote_judged(registry, "sites", 2, force=True, reason=reason)
    assert in_production(registry) == 1
    promote_judged(registry, "sites", 2, force=True, reason="the sensor was replaced")
    last = registry.history("sites")[-1]
    assert (last.version, last.reason) == (2, "the sensor was replaced")
    assert last.overruled
    assert registry.rollback("sites").version == 1


@pytest.mark.parametrize("digest", ["0" * 64, "f" * 64])
def test_a_gain_over_another_model_is_no_gain_over_the_one_in_production(
    registry: LocalRegistry, push: Push, make_detector: MakeDetector, digest: str
) -> None:
    push("one")
    first = promote_judged(registry, "sites", 1)
    record = judged_record(over=first)
    record["judgement"]["rival"]["digest"] = digest
    registry.push(make_detector("two"), "sites", record=record)
    with pytest.raises(NotAccepted, match="never compared with version 1"):
        promote_judged(registry, "sites", 2)


def test_a_first_model_with_a_missed_gate_stays_out(registry: LocalRegistry, push: Push) -> None:
    push("one", auc=0.5)
    with pytest.raises(NotAccepted, match="misses the gate"):
        promote_judged(registry, "sites", 1)
    assert in_production(registry) is None


def test_a_detector_nobody_judged_needs_a_reason(
    registry: LocalRegistry, make_detector: MakeDetector
) -> None:
    registry.push(make_detector(), "sites")
    with pytest.raises(NotAccepted, match="no evaluation is in its record"):
        promote_judged(registry, "sites", 1)
    registry.push(make_detector("two"), "sites", record={"judgement": {"metric": 7}})
    with pytest.raises(NotAccepted, match="cannot be read"):
        promote_judged(registry, "sites", 2)
    promote_judged(registry, "sites", 2, force=True, reason="tested by hand")
    assert in_production(registry) == 2


def test_a_version_that_was_in_production_returns_by_rollback_and_not_by_its_old_merits(
    registry: LocalRegistry, push: Push
) -> None:
    push("one")
    first = promote_judged(registry, "sites", 1)
    push("two", over=first)
    promote_judged(registry, "sites", 2)
    with pytest.raises(NotAccepted, match=r"never compared with version 2[\s\S]*garrison rollback"):
        promote_judged(registry, "sites", 1)
    assert promote_judged(registry, "sites", 2).version == 2
    assert len(registry.history("sites")) == 2


@pytest.mark.parametrize("force", [False, True])
def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(
    registry: LocalRegistry, push: Push, force: bool
) -> None:
    """Both decide while version 1 is in production; then both want to write."""
    push("one")
    first = promote_judged(registry, "sites", 1)
    push("two", over=first)
    push("three", over=first)
    ready = threading.Barrier(3)
    outcomes: dict[int, object] = {}

    class Meeting(LocalRegistry):
        """Both have read what is in production before either changes it."""

        def promote(self, *given: Any, **named: Any) -> Version:
            ready.wait(timeout=20)
            return super().promote(*given, **named)

    def promote(version: int) -> None:
        try:
            outcomes[version] = promote_judged(
                Meeting(registry.root, wait_s=20), "sites", version, force=force, reason="a reason"
            )
        except RegistryError as error:
            outcomes[version] = error

    threads = [threading.Thread(target=promote, args=(version,)) for version in (2, 3)]
    for thread in threads:
        thread.start()
    ready.wait(timeout=20)
    for thread in threads:
        thread.join()
    winners = [version for version, outcome in outcomes.items() if isinstance(outcome, Version)]
    losers = [outcome for outcome in outcomes.values() if isinstance(outcome, RegistryError)]
    assert len(winners) == len(losers) == 1
    assert f"version {winners[0]} of sites came into production meanwhile" in losers[0].what
    assert in_production(registry) == winners[0]


def test_of_two_rollbacks_decided_at_once_only_one_steps_back(registry: LocalRegistry, push: Push) -> None:
    for content in ("one", "two", "three"):
        push(content)
    for version in (1, 2, 3):
        promote_judged(registry, "sites", version, force=True, reason="a reason")
    assert registry.rollback("sites", over={3}).version == 2
    with pytest.raises(RegistryError, match=r"version 2 of sites came into production meanwhile"):
        registry.rollback("sites", over={3})
    assert in_production(registry) == 2
