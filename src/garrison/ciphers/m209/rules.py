"""What a key of the M-209 must be: the rules by which key lists were made, and the class of keys that is wanted.

The rules are those of TM 11-380 (War Department, 17 March 1944), appendices I and II. The manual prints the sets of six
numbers of lugs; here they are all sets that have the property of the printed ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from garrison.ciphers.m209.wheels import PINS, SIZES, WHEELS
from garrison.errors import SettingsError

Range = tuple[int, int]

FEWEST_ACTIVE, MOST_ACTIVE = 53, 78
"""Effective pins of 131 that can come of dealing 131 of 156 cards, half of which say effective: 40 to 60 %."""

MOST_OVERLAPS = 12
MOST_NON_SHARED = 13
MOST_SHARED_BY_TWO = 4
"""Bars that may have lugs at the same two wheels."""


@dataclass(frozen=True, kw_only=True)
class KeyRules:
    """The keys that are wanted; the defaults are the manual's, every number of overlaps as likely as another.

    ``overlaps``: bars with two lugs, from and to, within 1..12. ``non_shared``: for wheels by number (1 to 6), how many
    of their lugs stand alone on their bar, from and to, within 0..13. ``active``: effective pins of all 131, from and
    to, within 53..78. ``longest_run``: neighbouring pins of a wheel that may be alike. Raises ``SettingsError`` for
    numbers out of range.

    >>> KeyRules(overlaps=(3, 3), non_shared={1: (7, 7)}).told()
    'overlaps 3, non-shared lugs 1:7, effective pins 53-78, runs of at most 6'
    """

    overlaps: Range = (1, MOST_OVERLAPS)
    non_shared: Mapping[int, Range] = field(default_factory=dict)
    active: Range = (FEWEST_ACTIVE, MOST_ACTIVE)
    longest_run: int = 6

    def __post_init__(self) -> None:
        object.__setattr__(self, "non_shared", MappingProxyType(dict(sorted(self.non_shared.items()))))
        _check("overlaps", self.overlaps, 1, MOST_OVERLAPS)
        _check("effective pins", self.active, FEWEST_ACTIVE, MOST_ACTIVE)
        for wheel, wanted in self.non_shared.items():
            if wheel not in range(1, WHEELS + 1):
                raise SettingsError(f"there is no wheel {wheel}", expected="wheels 1 to 6")
            _check(f"non-shared lugs of wheel {wheel}", wanted, 0, MOST_NON_SHARED)
        if not 3 <= self.longest_run <= max(SIZES):
            raise SettingsError(f"runs of at most {self.longest_run} pins", expected=f"3 to {max(SIZES)}")

    def __reduce__(self) -> tuple[Any, ...]:
        return KeyRules.from_dict, (self.to_dict(),)

    def __hash__(self) -> int:
        return hash((self.overlaps, tuple(self.non_shared.items()), self.active, self.longest_run))

    def told(self) -> str:
        """The rules in a line."""
        shares = [f"{wheel}:{_told(wanted)}" for wheel, wanted in self.non_shared.items()]
        return ", ".join(
            [
                f"overlaps {_told(self.overlaps)}",
                *([f"non-shared lugs {' '.join(shares)}"] if shares else []),
                f"effective pins {_told(self.active)}",
                f"runs of at most {self.longest_run}",
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "overlaps": list(self.overlaps),
            "non_shared": {str(wheel): list(wanted) for wheel, wanted in self.non_shared.items()},
            "active": list(self.active),
            "longest_run": self.longest_run,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "KeyRules":
        """What ``to_dict`` wrote."""
        return cls(
            overlaps=_range(facts["overlaps"]),
            non_shared={int(wheel): _range(wanted) for wheel, wanted in facts["non_shared"].items()},
            active=_range(facts["active"]),
            longest_run=int(facts["longest_run"]),
        )


def _range(found: Any) -> Range:
    least, most = found
    return int(least), int(most)


def _told(wanted: Range) -> str:
    return str(wanted[0]) if wanted[0] == wanted[1] else f"{wanted[0]}-{wanted[1]}"


def _check(what: str, wanted: Range, least: int, most: int) -> None:
    if not least <= wanted[0] <= wanted[1] <= most:
        of = f" of {PINS}" if "pins" in what else ""
        raise SettingsError(
            f"{what}: {_told(wanted)} is out of range",
            expected=f"from and to within {least}-{most}{of}, the smaller first",
        )
