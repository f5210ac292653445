"""What can be attacked, and with what: detectors of columns, and detectors of raw URLs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from garrison.attacks import evasion, urls
from garrison.attacks.evasion import AttackResult, EvasionAttack, Norm, Targets
from garrison.attacks.urls import UrlAttack, UrlTargets
from garrison.data.schema import Schema
from garrison.errors import ModelError, UsageError
from garrison.monitoring import Reference
from garrison.monitoring.spread import spread_of
from garrison.pipelines.watching.model import WatchedModel

NOT_UNASKED = ("exact_trees",)
"""Attacks that are run only where they are named: they take long for any but small models."""


class Aimed(Protocol):
    """Events that are attacked."""

    @property
    def malicious(self) -> int:
        """How many malicious ones there are in all."""

    def part(self, start: int, stop: int) -> Any:
        """Those from ``start`` up to ``stop``."""

    def __len__(self) -> int: ...


class Attack(Protocol):
    """What is run on them."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def norm(self) -> str:
        """How its costs add up."""

    @property
    def seed(self) -> int:
        """The seed of all that it draws."""

    def run(
        self, targets: Any, *, epsilons: Sequence[float], seconds: float | None, raw: bool
    ) -> AttackResult:
        """What it reaches."""


class Kind(Protocol):
    """One kind of detector, its attacks, and what they are given."""

    @property
    def epsilons(self) -> tuple[float, ...]:
        """The costs at which detection is told, where nobody says otherwise."""

    def fitting(self) -> list[str]:
        """The names of the attacks that fit the detector."""

    def check(self, *, norm: Norm | None, epsilon: float, features: Path | None = None) -> None:
        """Raise ``UsageError`` where something was asked that means nothing here."""

    def names(self, asked: Sequence[str]) -> list[str]:
        """The attacks that were asked for, or all that are run unasked."""

    def made(self, name: str, *, norm: Norm | None, epsilon: float, seed: int) -> Attack:
        """The attack of that name; ``ModelError`` where it does not fit."""

    def targets(self, table: pa.Table, *, rows: int, seed: int, schema: Schema | None) -> Any:
        """The events to be attacked."""

    def identity(self, targets: Any) -> dict[str, Any]:
        """What of the events decides a result, as JSON values."""


def kind_of(watched: WatchedModel) -> Kind:
    """The kind of a detector."""
    return OnUrls(watched) if urls.url_column(watched.detector) is not None else OnColumns(watched)


@dataclass(frozen=True)
class OnColumns:
    """A detector of columns of numbers and categories."""

    watched: WatchedModel
    epsilons: tuple[float, ...] = (0.5, 1.0, 2.0)

    def fitting(self) -> list[str]:
        """Those that fit its model."""
        return evasion.fitting(self.watched.detector.model)

    def check(self, *, norm: Norm | None, epsilon: float, features: Path | None = None) -> None:
        """Everything that can be asked means something here."""

    def names(self, asked: Sequence[str]) -> list[str]:
        """Those asked for, or all that fit but the exact one."""
        return _names(asked, [name for name in self.fitting() if name not in NOT_UNASKED], self)

    def made(self, name: str, *, norm: Norm | None, epsilon: float, seed: int) -> EvasionAttack:
        """The attack of that name."""
        if name not in evasion.ATTACKS:
            # One of the attacks on URLs, which refuses the detector and names what fits.
            urls.ATTACKS[name](self.watched.detector)
        return evasion.ATTACKS[name](self.watched.detector, norm=norm or "linf", epsilon=epsilon, seed=seed)

    def targets(self, table: pa.Table, *, rows: int, seed: int, schema: Schema | None) -> Targets:
        """Malicious events and what is known besides."""
        return Targets.of(
            self.watched.detector,
            table,
            rows=rows,
            seed=seed,
            spreads=_spreads(self.watched),
            schema=schema,
        )

    def identity(self, targets: Targets) -> dict[str, Any]:
        """The events, what holds of them, and the units of costs."""
        return {
            "events": hashlib.sha256(targets.rows.Z.tobytes() + targets.numbers.tobytes()).hexdigest(),
            "relations": [one.to_dict() for one in targets.constraints.relations],
            "attackers": [str(column) for column in targets.constraints.columns],
            "units": targets.units.each.tolist(),
        }


@dataclass(frozen=True)
class OnUrls:
    """A detector of raw URLs."""

    watched: WatchedModel
    epsilons: tuple[float, ...] = urls.REWRITES

    def fitting(self) -> list[str]:
        """All attacks on URLs, which need nothing of a model but its scores."""
        return list(urls.ATTACKS)

    def check(self, *, norm: Norm | None, epsilon: float, features: Path | None = None) -> None:
        """Rewrites are counted, and whose a host is stands in no features file."""
        if norm is not None:
            raise UsageError(
                f"{self.watched.title} reads URLs, whose rewrites are counted",
                where="--norm",
                expected="no norm",
            )
        if features is not None:
            raise UsageError(
                f"{self.watched.title} reads URLs: what an attacker owns is decided by the host",
                where="--features",
                expected="no features file",
            )
        if epsilon < 1:
            raise UsageError(
                f"{epsilon:g} rewrites are none", where="--epsilon", expected="1 rewrite or more"
            )

    def names(self, asked: Sequence[str]) -> list[str]:
        """Those asked for, or all."""
        return _names(asked, self.fitting(), self)

    def made(self, name: str, *, norm: Norm | None, epsilon: float, seed: int) -> UrlAttack:  # noqa: ARG002
        """The attack of that name."""
        if name not in urls.ATTACKS:
            raise ModelError(
                f"{name} changes columns of numbers and categories, and the detector reads URLs",
                where=self.watched.title,
                expected="one of " + ", ".join(self.fitting()),
                remedy="choose an attack that fits the detector",
            )
        return urls.ATTACKS[name](self.watched.detector, epsilon=epsilon, seed=seed)

    def targets(self, table: pa.Table, *, rows: int, seed: int, schema: Schema | None) -> UrlTargets:  # noqa: ARG002
        """Malicious URLs, and what benign ones are made of; a schema says nothing of whose a host is."""
        return UrlTargets.of(self.watched.detector, table, rows=rows, seed=seed)

    def identity(self, targets: UrlTargets) -> dict[str, Any]:
        """The URLs, what benign ones are made of, and whose domains are taken."""
        seen: Mapping[str, Any] = vars(targets.material)
        told = repr((targets.urls, targets.numbers.tolist(), sorted(targets.others), sorted(seen.items())))
        return {"events": hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()}


def _names(asked: Sequence[str], unasked: list[str], kind: OnColumns | OnUrls) -> list[str]:
    known = {*evasion.ATTACKS, *urls.ATTACKS}
    if not asked and not unasked:
        raise ModelError(
            f"no attack fits {kind.watched.title}", expected="one of " + ", ".join(sorted(known))
        )
    for name in asked:
        if name not in known:
            raise UsageError(
                f"there is no attack {name!r}",
                where="--attack",
                expected="one of " + ", ".join(kind.fitting()),
            )
    return list(dict.fromkeys(asked)) or unasked


def _spreads(watched: WatchedModel) -> dict[str, float] | None:
    """The standard deviations of the training data by column, where the detector has kept them."""
    if watched.detector.reference is None:
        return None
    columns = Reference.from_dict(watched.detector.reference).columns
    found = {name: spread_of(each) for name, each in columns.items()}
    return {name: spread for name, spread in found.items() if spread is not None}
