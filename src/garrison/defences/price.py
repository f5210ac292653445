"""What a defence costs in clean quality and what it brings under attack: the same test events, before and after."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from garrison.attacks.evasion import ATTACKS, AttackResult, Targets, fitting
from garrison.attacks.evasion.flags import of_all
from garrison.attacks.evasion.units import Norm
from garrison.data.splits import group_ids
from garrison.defences.draft import Note
from garrison.detection import Detector
from garrison.errors import UsageError
from garrison.evaluation import Interval, bootstrap_interval, paired_gain
from garrison.evaluation.shares import share_interval

CLEAN = ("f1", "auc", "recall@fpr=0.01", "recall", "precision")
"""What is measured of the events as they are."""
BLACK = "boundary"
FORMAT = 1


@dataclass(frozen=True)
class Line:
    """One figure before and after, each with its interval; ``gain`` is paired by event, None under attack."""

    what: str
    before: Interval
    after: Interval
    gain: Interval | None = None


@dataclass(frozen=True)
class Price:
    """Clean figures, detection under attack by attack and cost, and what was done for it.

    Both detectors were attacked from scratch; ``attacks`` holds what was reached on either.
    """

    clean: tuple[Line, ...]
    attacked: tuple[Line, ...]
    notes: tuple[Note, ...]
    attacks: dict[str, tuple[AttackResult, ...]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": FORMAT,
            "notes": [asdict(note) for note in self.notes],
            "clean": [asdict(line) for line in self.clean],
            "attacked": [asdict(line) for line in self.attacked],
            "attacks": {side: [each.to_dict() for each in found] for side, found in self.attacks.items()},
        }


def default_attacks(before: Detector, after: Detector) -> tuple[str, ...]:
    """The first attack that knows either model itself, and one that knows verdicts alone."""
    both = [name for name in fitting(before.model) if name in fitting(after.model)]
    white = [name for name in both if ATTACKS[name].white and name != "exact_trees"]
    return (*white[:1], BLACK)


def price_of(
    before: Detector,
    after: Detector,
    events: pa.Table,
    *,
    notes: Sequence[Note] = (),
    attacks: Sequence[str] = (),
    epsilons: Sequence[float] = (0.5, 1.0, 2.0),
    norm: Norm = "linf",
    rows: int = 100,
    seed: int = 0,
    spreads: dict[str, float] | None = None,
    repeats: int = 500,
) -> Price:
    """Measure both on labelled ``events`` that neither has seen, and attack ``rows`` malicious ones, the same of both.

    ``attacks`` are names (default: one that knows the model and ``boundary``); ``epsilons`` the costs at which
    detection is told, in standard deviations ``spreads`` by column (default: those of the events).

    Raises ``UsageError`` for an unknown attack, ``ModelError`` for one that does not fit, and what ``Targets.of`` does.
    """
    for name in attacks:
        if name not in ATTACKS:
            raise UsageError(
                f"there is no attack {name!r}", expected="one of " + ", ".join(fitting(after.model))
            )
    names = tuple(attacks) or default_attacks(before, after)
    found = {
        side: _attacked(each, events, names, epsilons, norm=norm, rows=rows, seed=seed, spreads=spreads)
        for side, each in (("before", before), ("after", after))
    }
    return Price(
        clean=_clean(before, after, events, seed=seed, repeats=repeats),
        attacked=(
            _line("detected as they are", found["before"][0], found["after"][0], 0.0),
            *(
                _line(f"detected after {one.attack} at {cost:g}", one, other, cost)
                for one, other in zip(found["before"], found["after"], strict=True)
                for cost in sorted({*map(float, epsilons)})
            ),
        ),
        notes=tuple(notes),
        attacks=found,
    )


def _attacked(
    detector: Detector,
    events: pa.Table,
    names: Sequence[str],
    epsilons: Sequence[float],
    *,
    norm: Norm,
    rows: int,
    seed: int,
    spreads: dict[str, float] | None,
) -> tuple[AttackResult, ...]:
    targets = Targets.of(detector, events, rows=rows, seed=seed, spreads=spreads)
    results = [
        ATTACKS[name](detector, norm=norm, epsilon=max(epsilons), seed=seed).run(
            targets, epsilons=tuple(epsilons), raw=False
        )
        for name in names
    ]
    return of_all(results, white=[name for name, each in ATTACKS.items() if each.white])


def _line(what: str, before: AttackResult, after: AttackResult, cost: float) -> Line:
    return Line(what, _detected(before, cost), _detected(after, cost))


def _detected(result: AttackResult, cost: float) -> Interval:
    """The share of the malicious events that is still detected where an attacker may spend ``cost``."""
    within = cost * (1 + 1e-9)
    return share_interval([each.cost is None or each.cost > within for each in result.outcomes])


def _clean(
    before: Detector, after: Detector, events: pa.Table, *, seed: int, repeats: int
) -> tuple[Line, ...]:
    schema = after.schema
    table = schema.validate(events).table
    y, groups = schema.labels(table), group_ids(table, schema)
    truth = [each.name for each in schema.columns if each.role in ("label", "attack")]
    bare = table.drop_columns([name for name in truth if name in table.column_names])
    old, new = before.score(bare), after.score(bare)
    lines = []
    for name in CLEAN:
        one, other = (
            bootstrap_interval(
                name,
                y,
                scores,
                groups=groups,
                threshold=detector.threshold.value,
                repeats=repeats,
                seed=seed,
            )
            for scores, detector in ((old, before), (new, after))
        )
        gain = paired_gain(
            name,
            y,
            new,
            old,
            groups=groups,
            threshold_new=after.threshold.value,
            threshold_old=before.threshold.value,
            repeats=repeats,
            seed=seed,
        )
        lines.append(Line(name, one, other, gain))
    return tuple(lines)
