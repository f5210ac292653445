"""Relations between the columns of one event, which hold in every real one: ``sbytes >= 24 * spkts``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.data.arithmetic import Arithmetic, Floats
from garrison.errors import SchemaError

_SIGN = re.compile(r"<=|>=|!=|==|=|<|>")
_NAME = re.compile(r"[A-Za-z_]\w*")
_TEXT = re.compile(r"'([^']*)'")

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """Two sides and the sign between them: ``=``, ``<=`` or ``>=``; in a condition also ``!=``, ``<`` and ``>``."""

    left: Arithmetic
    sign: str
    right: Arithmetic

    @classmethod
    def read(cls, text: str, *, signs: tuple[str, ...], where: str) -> "Comparison":
        """The comparison that ``text`` writes; ``SchemaError`` when it is none, or its sign is not among ``signs``."""
        found = _SIGN.findall(text)
        sign = "=" if found == ["=="] else found[0] if len(found) == 1 else ""
        if sign not in signs:
            raise SchemaError(
                f"{text!r} is no comparison"[:300],
                where=where,
                expected=f"two sides and one of {' '.join(signs)} between them, as smean = sbytes / spkts",
            )
        left, right = _SIGN.split(text)
        return cls(Arithmetic.read(left, where=where), sign, Arithmetic.read(right, where=where))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it looks at."""
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def holds(self, columns: Mapping[str, Floats], *, within: float = 0.0, relative: float = 0.0) -> Bools:
        """Whether it holds in each row, shape (n,), up to a tolerance; True where a side has no value."""
        left, right = np.broadcast_arrays(self.left.values(columns), self.right.values(columns))
        slack = within + relative * np.abs(right)
        with np.errstate(invalid="ignore"):
            if self.sign == "=":
                found = np.abs(left - right) <= slack
            elif self.sign == "!=":
                found = np.abs(left - right) > slack
            elif self.sign in ("<=", "<"):
                found = (left < right) if self.sign == "<" else (left <= right + slack)
            else:
                found = (left > right) if self.sign == ">" else (left >= right - slack)
        return np.asarray(found | np.isnan(left) | np.isnan(right))


@dataclass(frozen=True)
class TextCondition:
    """Whether a column of text is, or is not, a text."""

    name: str
    same: bool
    text: str


@dataclass(frozen=True)
class Relation:
    """What holds in every real event: ``holds``, wherever ``when`` is true ("": everywhere).

    Measured values are rounded, so that ``within`` (absolute) and ``relative`` (a share of the right side) say how far
    the sides may be apart. Where a side has no value, because of a division by zero or a missing value, a relation says
    nothing. One of the form ``column = …`` gives that column: where what it is made of changes, it follows.

    >>> relation = Relation("smean = sbytes / spkts", within=0.5)
    >>> relation.gives
    'smean'
    >>> relation.comparison.names
    ('smean', 'sbytes', 'spkts')
    """

    holds: str
    when: tuple[str, ...] = ()
    within: float = 0.0
    relative: float = 0.0

    @cached_property
    def comparison(self) -> Comparison:
        """What holds, taken apart."""
        return Comparison.read(self.holds, signs=("=", "<=", ">="), where="relation")

    @cached_property
    def conditions(self) -> tuple[Comparison | TextCondition, ...]:
        """When it holds, taken apart: all of them must be true. A text stands in single quotes."""
        return tuple(map(_condition, self.when))

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The columns that its conditions look at."""
        found: list[str] = []
        for one in self.conditions:
            found += [one.name] if isinstance(one, TextCondition) else one.names
        return tuple(dict.fromkeys(found))

    @property
    def gives(self) -> str:
        """The column it gives: the only name on the left of ``=`` that does not stand on the right; else none."""
        one = self.comparison
        if one.sign == "=" and one.left.way == "name" and one.left.name not in one.right.names:
            return one.left.name
        return ""

    def to_dict(self) -> dict[str, Any]:
        """As a features file has it."""
        facts: dict[str, Any] = {"holds": self.holds}
        if self.when:
            facts["when"] = self.when[0] if len(self.when) == 1 else list(self.when)
        for key in ("within", "relative"):
            if getattr(self, key):
                facts[key] = getattr(self, key)
        return facts


def _condition(text: str) -> Comparison | TextCondition:
    found = _TEXT.search(text)
    if not found:
        return Comparison.read(text, signs=("=", "!=", "<=", ">=", "<", ">"), where="relation")
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    sign = "!=" if before.endswith("!=") else "="
    name = before.removesuffix(sign).strip()
    if after or not before.endswith(sign) or not _NAME.fullmatch(name):
        raise SchemaError(
            f"{text!r} is no condition"[:300],
            where="relation",
            expected="as proto = 'tcp' or proto != 'tcp'",
        )
    return TextCondition(name, sign == "=", found[1])
