"""What rules look at, and what they find in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Moved:
    """A column that has moved, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Observation:
    """What is known of a model at a moment: measures by name, and the columns that moved, where drift was looked for.

    ``columns`` is None where nobody looked; a measure that is NaN or absent is not known.
    """

    model: str
    measures: Mapping[str, float] = field(default_factory=dict)
    columns: tuple[Moved, ...] | None = None


@dataclass(frozen=True)
class Finding:
    """One cause for an alert: by which rule, of what (a column, a measure), and one sentence."""

    rule: str
    subject: str
    text: str
