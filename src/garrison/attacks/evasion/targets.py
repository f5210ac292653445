"""The events that are attacked: malicious ones that a detector flags, and what the attacker has seen besides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from garrison.attacks.evasion.constraints import Bools, Constraints
from garrison.attacks.evasion.rows import Floats, Ints, Rows
from garrison.attacks.evasion.units import Units
from garrison.attacks.labelled import Labelled, agreeing
from garrison.data.schema import Schema
from garrison.detection import Detector
from garrison.errors import DataError, SchemaError

KNOWN = 4_000
"""Events at most, of both classes, that an attacker has seen without attacking with them."""


@dataclass(frozen=True)
class Targets:
    """Malicious events ``chosen`` of ``rows``, shape (n,), their scores, and which of them break relations as they are.

    ``known`` are other rows, with their truth ``y``, that an attacker may learn from: benign traffic it has seen, and
    attacks of its own. ``numbers`` are the places of the chosen rows among all that were given, from 1.
    """

    detector: Detector
    rows: Rows
    constraints: Constraints
    units: Units
    chosen: Ints
    scores: Floats
    broken: Bools
    known: Ints
    y: Bools
    numbers: Ints
    malicious: int

    @classmethod
    def of(
        cls,
        detector: Detector,
        table: pa.Table,
        *,
        rows: int | None = 200,
        seed: int = 0,
        spreads: Mapping[str, float] | None = None,
        schema: Schema | None = None,
    ) -> "Targets":
        """Draw ``rows`` malicious events of ``table`` (None: all), which has labels.

        ``spreads`` are the standard deviations of the training data by column; without them those of the table stand
        in. ``schema`` says otherwise than the detector's what an attacker can do; its columns must be the same.

        Raises ``SchemaError`` when columns, values or labels are not what the detector's schema says, when all rows
        are of one class, or when an attacker can change nothing; ``DataError`` when there are no rows.
        """
        own = detector.schema
        rules = own if schema is None else agreeing(schema, own)
        if rows is not None and rows < 1:
            raise DataError(f"{rows} rows are to be attacked", expected="1 or more")
        given = Labelled.of(detector, table)
        events, y = given.table, given.y
        all_rows = Rows.of(events, rules)
        constraints = Constraints.of(all_rows, rules.relations)
        _check_obeyed(constraints, all_rows.Z)
        draw = np.random.default_rng([seed, 1])
        order = draw.permutation(np.flatnonzero(y))
        chosen = np.sort(order if rows is None else order[:rows])
        rest = np.concatenate([draw.permutation(np.flatnonzero(~y)), draw.permutation(order[len(chosen) :])])
        known = draw.permutation(rest[: len(rest) if len(rest) <= KNOWN else KNOWN])
        if len(rest) > KNOWN:
            known = np.sort(_both(rest, y, draw))
        kept = np.concatenate([chosen, known])
        part = replace(all_rows, table=events.take(pa.array(kept)), Z=all_rows.Z[kept])
        scores = detector.model.score(detector.processor.transform(part.table.slice(0, len(chosen))))
        return cls(
            detector=detector,
            rows=part,
            constraints=constraints,
            units=Units.of(all_rows, spreads),
            chosen=np.arange(len(chosen)),
            scores=scores,
            broken=np.asarray(constraints.broken(part.Z[: len(chosen)]).any(axis=1)),
            known=np.arange(len(chosen), len(kept)),
            y=y[known],
            numbers=chosen + 1,
            malicious=int(y.sum()),
        )

    @cached_property
    def flagged(self) -> Bools:
        """Which of the chosen events the detector flags, shape (n,)."""
        return np.asarray(self.scores >= self.detector.threshold.value)

    @cached_property
    def benign(self) -> Floats:
        """Benign events that the attacker has seen and whose relations hold, as numbers, shape (m, columns)."""
        Z = self.rows.Z[self.known[~self.y]]
        return Z[~self.constraints.broken(Z).any(axis=1)]

    def part(self, start: int, stop: int) -> "Targets":
        """The chosen events from ``start`` up to ``stop``; everything else stays."""
        here = slice(start, stop)
        return replace(
            self,
            chosen=self.chosen[here],
            scores=self.scores[here],
            broken=self.broken[here],
            numbers=self.numbers[here],
        )

    def __len__(self) -> int:
        return len(self.chosen)


def _both(rest: Ints, y: Bools, draw: np.random.Generator) -> Ints:
    """As many of each class as there are, up to half of ``KNOWN`` each."""
    return np.concatenate([draw.permutation(rest[y[rest] == side])[: KNOWN // 2] for side in (False, True)])


def _check_obeyed(constraints: Constraints, Z: Floats) -> None:
    """``SchemaError`` where not one event obeys the relations: they contradict each other, or what was measured."""
    broken = constraints.broken(Z)
    if not len(broken) or not broken.any(axis=1).all():
        return
    shares = broken.mean(axis=0)
    worst = [
        constraints.relations[place].holds
        for place in np.argsort(-shares, kind="stable")[:3]
        if shares[place]
    ]
    raise SchemaError(
        "not one event obeys the relations, so that nothing could be changed: " + "; ".join(map(repr, worst)),
        where="relations of the features file, those broken most often first",
        expected="relations that hold in real events, and do not contradict each other",
    )
