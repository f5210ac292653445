"""What was measured of a detector's privacy, and where not to believe it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from garrison.attacks.flag import Flag
from garrison.attacks.privacy import FoundAttribute, FoundMembers
from garrison.errors import DataError
from garrison.evaluation import Interval
from garrison.pipelines.privacy.sides import Protocol

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """What ``model`` gives away of the rows that it learnt from.

    ``protocol`` ``model``: the detector itself was attacked, with rows known to be its training rows and others known
    not to be. ``recipe``: who they are is not known, and a detector trained in the same way on a random half of the
    rows was attacked in its place. ``learnt_from`` rows each shadow model was trained on, ``trained_on`` the detector
    (None: not known). ``apart`` is how well members are told from others without the model (AUC, 99 %; None where they
    were drawn at random). ``resumed`` shadows had been trained before; ``seconds`` by the clock.
    """

    model: str
    digest: str
    protocol: Protocol
    origin: str
    trained_on: int | None
    learnt_from: int
    members: int
    others: int
    duplicates: int
    shadows: int
    apart: Interval | None
    membership: tuple[FoundMembers, ...]
    attributes: tuple[FoundAttribute, ...]
    own_flags: tuple[Flag, ...]
    seed: int
    cut: bool
    refused: int
    seconds: float = field(compare=False)
    resumed: int = field(default=0, compare=False)
    path: Path | None = field(default=None, compare=False)

    @property
    def figures(self) -> dict[str, Interval]:
        """The figures by the names that gates use, each the worst: that of the attack which finds most.

        ``membership.auc``, ``membership.tpr@fpr=0.001`` (0.01, 0.1), ``membership.balanced_accuracy`` and, where an
        attribute was attacked, ``attribute.advantage`` (of as many attributes as were, at a level corrected for that).
        """
        found: dict[str, Interval] = {}
        for attack in self.membership:
            own = {
                "membership.auc": attack.auc,
                "membership.balanced_accuracy": attack.balanced_accuracy,
                **{f"membership.tpr@fpr={fpr:g}": each for fpr, each in attack.tpr.items()},
            }
            for name, each in own.items():
                if name not in found or each.value > found[name].value:
                    found[name] = each
        if self.attributes:
            found["attribute.advantage"] = max(
                (each.advantage for each in self.attributes), key=lambda each: each.value
            )
        return found

    @property
    def flags(self) -> tuple[Flag, ...]:
        """All reasons not to believe these figures; those of one attack or attribute begin with its name."""
        of_parts = [
            Flag(flag.name, f"{name}: {flag.why}")
            for name, flags in (
                *((each.attack, each.flags) for each in self.membership),
                *((each.name, each.flags) for each in self.attributes),
            )
            for flag in flags
        ]
        return (*self.own_flags, *of_parts)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; ``figures`` and ``flags`` are in it for whoever reads the file."""
        plain = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.name not in ("membership", "attributes", "own_flags", "apart", "path", "resumed")
        }
        return {
            "format": FORMAT,
            **plain,
            "apart": None if self.apart is None else asdict(self.apart),
            "membership": [each.to_dict() for each in self.membership],
            "attributes": [each.to_dict() for each in self.attributes],
            "own_flags": [asdict(flag) for flag in self.own_flags],
            "flags": [asdict(flag) for flag in self.flags],
            "figures": {name: asdict(each) for name, each in self.figures.items()},
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Privacy":
        """What ``to_dict`` wrote; ``DataError`` where it did not."""
        try:
            if facts["format"] != FORMAT:
                raise ValueError(f"format {facts['format']!r}")
            derived = ("format", "flags", "figures")
            made = {
                "apart": None if facts["apart"] is None else Interval(**facts["apart"]),
                "membership": tuple(FoundMembers.from_dict(each) for each in facts["membership"]),
                "attributes": tuple(FoundAttribute.from_dict(each) for each in facts["attributes"]),
                "own_flags": tuple(Flag(**flag) for flag in facts["own_flags"]),
            }
            return cls(**{**{name: each for name, each in facts.items() if name not in derived}, **made})
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "these are not the results of `garrison privacy`",
                where=f"{type(error).__name__}: {error}",
                expected=f"what it wrote, format {FORMAT}",
                remedy="run it again",
            ) from error
