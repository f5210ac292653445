"""What poisoning reached: by the share of the training rows that were poisoned."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from garrison.attacks.evasion import Change, Example
from garrison.attacks.flag import Flag
from garrison.errors import DataError
from garrison.evaluation import Interval

FORMAT = 1


@dataclass(frozen=True)
class AtShare:
    """A detector made with ``poisoned`` of its ``rows`` training rows poisoned, and its worth on clean test rows.

    ``recall`` is that at the stated false-positive rate, wherever the threshold lies; ``f1`` is at ``threshold``,
    placed as the recipe does. Of the malicious test events that it flags and that can carry the trigger (``flagged``),
    ``success`` is the share that pass with the trigger on, and ``control`` the share of the same events, trigger on,
    that pass the unpoisoned detector: the difference is what poisoning did.
    """

    share: float
    rows: int
    poisoned: int
    threshold: float
    f1: Interval
    auc: Interval
    recall: Interval
    flagged: int | None = None
    success: Interval | None = None
    control: Interval | None = None
    examples: tuple[Example, ...] = ()

    @property
    def gain(self) -> float | None:
        """What of the success is due to poisoning, in [-1, 1]; None without a trigger."""
        if self.success is None or self.control is None:
            return None
        return self.success.value - self.control.value


@dataclass(frozen=True, kw_only=True)
class PoisoningResult:
    """What an attack on the training rows reached, at each share of them, the least first.

    ``left_out`` training rows could not be poisoned, and ``test_left_out`` malicious test events could not carry the
    trigger: what was made of them would have been no event that can be. ``agreement`` is the share of the test rows on
    which the detector that was made again, unpoisoned, says what the given one says; ``known_before`` the share of the
    test rows that are equal to training rows. ``cut`` says that the time was over before all shares were tried.
    """

    attack: str
    knowledge: str
    seed: int
    fpr: float
    training_rows: int
    test_rows: int
    malicious: int
    agreement: float
    known_before: float
    points: tuple[AtShare, ...]
    trigger: str | None = None
    left_out: int = 0
    test_left_out: int = 0
    seconds: float = 0.0
    cut: bool = False
    flags: tuple[Flag, ...] = ()

    def at(self, share: float) -> AtShare:
        """The detector of this share; ``DataError`` where there is none."""
        for point in self.points:
            if point.share == share:
                return point
        known = ", ".join(f"{point.share:g}" for point in self.points)
        raise DataError(f"{self.attack} was not tried at a share of {share:g}", expected=f"one of {known}")

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; each point's ``gain`` is there for readers, and not read back."""
        facts = asdict(self)
        for point, told in zip(self.points, facts["points"], strict=True):
            told["gain"] = point.gain
        return {"format": FORMAT, **facts}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "PoisoningResult":
        """What ``to_dict`` gave; ``DataError`` when it cannot be read."""
        try:
            if facts["format"] != FORMAT:
                raise ValueError(f"format {facts['format']}")
            known = {key: value for key, value in facts.items() if key != "format"}
            known["points"] = tuple(_point(each) for each in known["points"])
            known["flags"] = tuple(Flag(**each) for each in known["flags"])
            return cls(**known)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"the result of poisoning cannot be read: {type(error).__name__}: {error}"[:300],
                expected=f"what PoisoningResult.to_dict wrote, format {FORMAT}",
            ) from error

    @classmethod
    def join(cls, parts: Sequence["PoisoningResult"], *, cut: bool = False) -> "PoisoningResult":
        """The results of one attack at several shares, as one; ``cut`` where some are missing; raise flags anew."""
        points = sorted((point for part in parts for point in part.points), key=lambda point: point.share)
        return replace(
            parts[0],
            points=tuple(points),
            seconds=sum(part.seconds for part in parts),
            cut=cut or any(part.cut for part in parts),
            flags=tuple({json.dumps(asdict(flag)): flag for part in parts for flag in part.flags}.values()),
        )


def _point(facts: dict[str, Any]) -> AtShare:
    known = {key: value for key, value in facts.items() if key != "gain"}
    for name in ("f1", "auc", "recall", "success", "control"):
        known[name] = None if known[name] is None else Interval(**known[name])
    known["examples"] = tuple(
        Example(**{**each, "changes": tuple(Change(**change) for change in each["changes"])})
        for each in known["examples"]
    )
    return AtShare(**known)
