"""What a report is made of: frozen values without any markup; the page gives them their looks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

Tone = Literal["good", "bad", "warn", "plain"]


@dataclass(frozen=True)
class Badge:
    """A word that carries a judgement, such as "accepted"; the tone colours it, the word says it."""

    text: str
    tone: Tone = "plain"


Cell = str | int | float | bool | Badge | None


@dataclass(frozen=True)
class Column:
    """The head of a table column; ``digits`` is how many decimals its numbers show (None: four figures)."""

    title: str
    digits: int | None = None


@dataclass(frozen=True)
class Table:
    """Rows under named columns. ``strong`` are places of rows to stress; a folded table opens on request."""

    columns: tuple[str | Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    strong: frozenset[int] = frozenset()
    folded: bool = False

    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Picture:
    """An inline SVG with the words that stand for it where it cannot be seen.

    ``draw`` draws the same picture in a given palette, for the PNG that goes to tracking.
    """

    svg: str
    alt: str
    caption: str
    draw: "Callable[[Palette], Figure] | None" = field(default=None, compare=False, repr=False)

    kind: ClassVar[str] = "picture"


@dataclass(frozen=True)
class Text:
    """Prose; an empty line starts a new paragraph."""

    text: str

    kind: ClassVar[str] = "text"


class CaveatLike(Protocol):
    """A reason to read a number with care, with a code for programs and a text for people."""

    @property
    def code(self) -> str:
        """A short name, such as ``duplicate-rows``."""

    @property
    def text(self) -> str:
        """One sentence."""


@dataclass(frozen=True)
class CaveatList:
    """Reasons to read the numbers with care; none is said in words too."""

    caveats: tuple[CaveatLike | str, ...]

    kind: ClassVar[str] = "caveats"


@dataclass(frozen=True)
class CodeBlock:
    """A command or a piece of code, selected whole by one click so that it can be copied."""

    code: str
    caption: str = ""

    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class KeyFigure:
    """One number worth a large type: what it is, its value as text, and a note such as its interval."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class KeyFigures:
    """The few numbers a reader came for."""

    figures: tuple[KeyFigure, ...]

    kind: ClassVar[str] = "figures"


Block = Table | Picture | Text | CaveatList | CodeBlock | KeyFigures
"""What a section of a report may hold."""


@dataclass(frozen=True)
class Section:
    """A part of the report with its own heading, found in the table of contents."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report. ``facts`` are pairs of name and value for its head; the verdict stands by the title."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    verdict: Badge | None = None
    footer: str = "Made by Garrison. This page holds everything it shows; it loads nothing from elsewhere."
