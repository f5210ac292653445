"""Which inputs of a model an attacker can move, and what a cheap attacker makes of events."""

import numpy as np
import pyarrow as pa

from garrison.attacks.evasion import Constraints, Targets
from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.moves import best_of, from_benign
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.rows import Rows
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.units import Norm
from garrison.data.schema import Schema
from garrison.defences.draft import Draft, Floats, Ints
from garrison.detection import Detector


def spreads_of(events: pa.Table, schema: Schema) -> dict[str, float]:
    """The standard deviation over ``events`` of every column that is a number."""
    rows = Rows.of(events, schema)
    with np.errstate(invalid="ignore"):
        each = np.nanstd(rows.Z, axis=0)
    return {
        column.name: float(spread)
        for column, spread in zip(rows.columns, each, strict=True)
        if column.type != "string" and np.isfinite(spread)
    }


def spreads(draft: Draft) -> dict[str, float]:
    """Those of what is learnt from."""
    return spreads_of(draft.learnt.events, draft.schema)


def constraints_of(draft: Draft) -> Constraints:
    """What an attacker can do, by the features file; ``SchemaError`` when that is nothing."""
    return Constraints.of(Rows.of(draft.learnt.events.slice(0, 1), draft.schema), draft.schema.relations)


def inputs_of(draft: Draft, columns: set[str]) -> tuple[int, ...]:
    """The inputs made of any of these columns: themselves, their categories, and what is combined of them."""
    combined = {each.name for each in draft.schema.combined if columns & {each.left, each.right}}
    return tuple(
        place
        for place, name in enumerate(draft.processor.names)
        if name in columns | combined or name.partition("=")[0] in columns
    )


def following(constraints: Constraints, columns: set[str]) -> set[str]:
    """The columns that change with ``columns`` because a relation gives them, without these themselves."""
    moved = set(columns)
    for one in constraints.given:
        if moved & {*one.comparison.right.names, *one.asked}:
            moved.add(one.gives)
    return moved - columns


def movable_inputs(draft: Draft) -> tuple[int, ...]:
    """Every input that an attacker can change."""
    constraints = constraints_of(draft)
    names = {name for name, moves in zip(constraints.names, constraints.movable, strict=True) if moves}
    return inputs_of(draft, names)


def imitations(
    detector: Detector, targets: Targets, *, norm: Norm, epsilon: float, each: int, seed: int
) -> tuple[Floats, Ints]:
    """What a cheap attacker makes of the targets: ``each`` tries to take what benign events have, within ``epsilon``.

    Gives the model's inputs for those that can be, shape (m, d), and which target each was made of, shape (m,). No
    question is asked of the detector.
    """
    able = np.flatnonzero(~targets.broken)
    at = targets.chosen[able]
    budget = Budget(None, None)
    scores = Scores(detector, targets.rows, targets.constraints.movable, budget)
    task = Task(
        Z0=targets.rows.Z[at],
        at=at,
        rows=targets.rows,
        constraints=targets.constraints,
        units=targets.units,
        norm=norm,
        epsilon=epsilon,
        benign=targets.benign,
        known=targets.known,
        y=targets.y,
        draw=np.random.default_rng([seed, 2]),
        budget=budget,
        numbers=scores.numbers,
    )
    Z, origin = from_benign(task, np.arange(len(able)), each)
    made, fine = task.mended(Z, origin)
    fine &= task.cost(made, origin) > 0
    made, origin = made[fine], origin[fine]
    if not len(made):
        return np.zeros((0, len(detector.processor.names))), np.zeros(0, dtype=np.int64)
    return scores.numbers(made, task.at[origin]), able[origin].astype(np.int64)


def lowest(detector: Detector, X: Floats, origin: Ints) -> Floats:
    """Of the inputs ``X`` (m, d), for each origin the row that the detector scores lowest."""
    if not len(X):
        return X
    which = best_of(detector.model.score(X), origin.astype(np.intp), int(origin.max()) + 1)
    return X[which[which >= 0]]
