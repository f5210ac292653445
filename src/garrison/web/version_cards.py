"""What stands in the registry, version by version: its figures, its gates, and what speaks against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from garrison.assurance import Judgement
from garrison.assurance.scorecard import Scorecard
from garrison.detection.integrity import SIGNATURE
from garrison.errors import DataError, RegistryError
from garrison.registry import (
    STAGES,
    LocalRegistry,
    Move,
    Record,
    Version,
    judged_by,
    judgement_of,
    objections_to,
    scorecard_of,
)

FEW = 4
"""Versions that stand side by side unless somebody chose others."""


@dataclass(frozen=True)
class VersionCard:
    """One version of a model; ``stages`` are those it stands in, ``problem`` why its record cannot be read.

    ``objections`` are what speaks against it taking the place of the version that is in production; ``measured`` is the
    scorecard that was kept of it.
    """

    name: str
    version: int
    stages: tuple[str, ...]
    in_production: bool
    signed: bool
    record: Record | None
    judgement: Judgement | None
    objections: tuple[str, ...]
    measured: Scorecard | None = None
    problem: str = ""

    @property
    def made(self) -> str:
        """When it was made, to the minute."""
        return self.record.when[:16].replace("T", " ") if self.record else ""

    @property
    def figure(self) -> tuple[str, float] | None:
        """The figure it was judged by and its value, else its AUC; None where neither is known."""
        if self.judgement is not None:
            return self.judgement.metric, self.judgement.found.value
        auc = self.record.metrics.get("auc") if self.record else None
        return None if auc is None else ("auc", auc)

    @property
    def kept_gates(self) -> tuple[int, int]:
        """How many gates it keeps, of how many."""
        gates = self.judgement.gates if self.judgement else ()
        return sum(gate.passed for gate in gates), len(gates)


@dataclass(frozen=True)
class Shelf:
    """Every version of one model, the newest first, and every move in production, the newest first.

    ``before`` is the version that a rollback makes current again; None where there is none.
    """

    name: str
    cards: tuple[VersionCard, ...]
    moves: tuple[Move, ...]
    before: int | None
    problem: str = ""

    @cached_property
    def current(self) -> VersionCard | None:
        """The version that is in production."""
        return next((card for card in self.cards if card.in_production), None)

    @property
    def candidates(self) -> tuple[VersionCard, ...]:
        """The versions that could go into production."""
        return tuple(card for card in self.cards if not card.in_production and card.record is not None)

    @property
    def usual_pair(self) -> tuple[int, int]:
        """Whose difference is shown unless somebody chose: that in production, else the newest but one; and the newest.

        A model of one version is held against itself.
        """
        newest = [card.version for card in self.cards]
        first = self.current.version if self.current else newest[min(1, len(newest) - 1)]
        return first, next((number for number in newest if number != first), first)

    def chosen(self, numbers: Sequence[int]) -> tuple[VersionCard, ...]:
        """The versions of these numbers; without any, that in production and the newest others. Production is first."""
        wanted = [card for card in self.cards if card.version in numbers] or [
            *([self.current] if self.current else []),
            *(card for card in self.cards if not card.in_production),
        ][:FEW]
        return tuple(sorted(wanted, key=lambda card: (not card.in_production, -card.version)))


def shelves(registry: LocalRegistry) -> tuple[Shelf, ...]:
    """Every model of a registry, by name."""
    names = sorted({name for stage in STAGES for name in registry.names(stage)})
    return tuple(shelf_of(registry, name) for name in names)


def shelf_of(registry: LocalRegistry, name: str) -> Shelf:
    """One model of a registry; a damaged record spoils neither the others nor the list."""
    problem = ""
    try:
        current, moves, before = registry.current(name), registry.history(name), registry.before(name)
    except RegistryError as error:
        current, moves, before, problem = None, (), None, error.what
    where: dict[int, list[Version]] = {}
    for stage in reversed(STAGES):
        for version in registry.versions(name, stage):
            where.setdefault(version.version, []).append(version)
    cards = tuple(_card(registry, where[number], current) for number in sorted(where, reverse=True))
    return Shelf(name, cards, tuple(reversed(moves)), before, problem)


def _card(registry: LocalRegistry, versions: list[Version], current: Version | None) -> VersionCard:
    first = versions[0]
    record = judgement = measured = None
    objections: tuple[str, ...] = ()
    problem = ""
    is_current = current is not None and current.version == first.version
    try:
        record = first.record
        judgement = judgement_of(record)
        measured = scorecard_of(registry, first)
        if judgement is not None and measured is not None:
            judgement = judged_by(judgement, measured)
        objections = () if is_current else objections_to(record, current, measured)
    except (RegistryError, DataError) as error:
        problem = error.what
    return VersionCard(
        first.name,
        first.version,
        tuple(version.stage for version in versions),
        is_current,
        (first.detector / SIGNATURE).is_file(),
        record,
        judgement,
        objections,
        measured,
        problem,
    )
