"""Events with a trigger on: those that can carry it, and some of them in words."""

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.evasion import Change, Example, Rows, Units
from garrison.attacks.evasion.constraints import Constraints
from garrison.attacks.labelled import Labelled
from garrison.attacks.poisoning.plan import Plan, Triggered
from garrison.attacks.poisoning.trigger import Trigger
from garrison.attacks.poisoning.victim import Victim
from garrison.data.schema import Schema

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOST_EXAMPLES = 3


def with_trigger(events: Labelled, attacker: Schema, trigger: Trigger, at: Ints) -> Triggered:
    """The events ``at`` that can carry the trigger, with it on, in the order of ``at``; the others are counted."""
    rows = Rows.of(events.table, attacker, known=trigger.texts)
    constraints = Constraints.of(rows, attacker.relations)
    Z, fine = trigger.put_on(rows, constraints, at)
    places = at[fine]
    changed = [int(place) for place in np.flatnonzero(constraints.movable)]
    return Triggered(places, rows.events(Z[fine], places, changed=changed), int((~fine).sum()))


def examples(victim: Victim, plan: Plan, some: Ints, before: Floats, after: Floats) -> tuple[Example, ...]:
    """A few of the triggered test events ``some``: all that was changed, and their scores before and after."""
    if plan.triggered is None or plan.trigger is None:
        return ()
    told = []
    for place, score in list(zip(some, after, strict=True))[:MOST_EXAMPLES]:
        row = int(plan.triggered.places[place])
        one = victim.test.take(np.array([row]))
        events = plan.triggered.table.take([int(place)])
        texts = {
            column.name: [
                each.as_py() for each in (one.table[column.name][0], events[column.name][0]) if each.is_valid
            ]
            for column in victim.attacker.features
            if column.type == "string"
        }
        old, new = (Rows.of(table, victim.attacker, known=texts) for table in (one.table, events))
        moved = _units(victim).changes(old.Z, new.Z)[0]
        changes = tuple(
            Change(
                column.name,
                old.shown(old.Z[0, at], at),
                new.shown(new.Z[0, at], at),
                round(float(moved[at]), 6),
            )
            for at, column in enumerate(old.columns)
            if moved[at] > 0
        )
        cost = max((change.cost for change in changes), default=0.0)
        told.append(Example(row + 1, float(before[row]), float(score), cost, changes))
    return tuple(told)


def _units(victim: Victim) -> Units:
    return Units.of(Rows.of(victim.training.table, victim.attacker))
