"""What relations leave of a box of events: the columns that follow, and the inequalities."""

import numpy as np

from garrison.attacks.evasion.constraints import Bools, Constraints
from garrison.attacks.evasion.rows import Floats
from garrison.attacks.evasion.task import Task
from garrison.data.arithmetic import Span
from garrison.data.relation_spec import Comparison, TextCondition


def followed(task: Task, at: int, low: Floats, high: Floats) -> tuple[Floats, Floats, Bools]:
    """What the columns that follow can be in boxes of event ``at``, two of shape (b, columns), and whether inequalities
    leave anything, shape (b,).
    """
    constraints, own = task.constraints, task.Z0[at]
    low, high = low.copy(), high.copy()
    limits = task.limits[0][at], task.limits[1][at]
    possible = np.ones(len(low), dtype=np.bool_)

    def spans() -> dict[str, Span]:
        return {name: (low[:, place], high[:, place]) for place, name in enumerate(constraints.names)}

    for one in constraints.given:
        if one not in constraints.moving:
            continue
        place = constraints.names.index(one.gives)
        sure, never = _asked(constraints, one.conditions, low, high)
        least, most = one.comparison.right.span(spans())
        if constraints.columns[place].type != "number":
            least, most = np.floor(least + 0.5), np.floor(most + 0.5)
        sources = [constraints.names.index(name) for name in (*one.comparison.right.names, *one.asked)]
        same = ((low[:, sources] <= own[sources]) & (own[sources] <= high[:, sources])).all(axis=1)
        free = bool(constraints.chosen[place])
        # One that is not chosen stays, rounded as it was measured, where nothing that it follows from changes.
        unsure = (same & (not free)) | ~sure | ~np.isfinite(least) | ~np.isfinite(most)
        before_low = low[:, place] if free else np.broadcast_to(own[place], len(low))
        before_high = high[:, place] if free else np.broadcast_to(own[place], len(low))
        unknown = ~np.isfinite(least) | ~np.isfinite(most)
        new_low = np.where(unknown, limits[0][place], np.maximum(least, limits[0][place]))
        new_high = np.where(unknown, limits[1][place], np.minimum(most, limits[1][place]))
        slack = one.within + one.relative * np.maximum(np.abs(new_low), np.abs(new_high))
        slack = np.where(free & np.isfinite(slack), slack, 0.0)
        new_low = np.where(unsure, np.minimum(new_low, before_low), new_low - slack)
        new_high = np.where(unsure, np.maximum(new_high, before_high), new_high + slack)
        if free:
            new_low, new_high = np.maximum(new_low, before_low), np.minimum(new_high, before_high)
        if not free:
            new_low, new_high = (
                np.minimum(new_low, low[:, place]) if _again(constraints, one.gives) else new_low,
                (np.maximum(new_high, high[:, place]) if _again(constraints, one.gives) else new_high),
            )
        low[:, place] = np.where(never, low[:, place], new_low)
        high[:, place] = np.where(never, high[:, place], new_high)
    for one in constraints.moving:
        if one.comparison.sign == "=" or one.conditions:
            continue
        (left, right), (least, most) = (
            one.comparison.left.span(spans()),
            one.comparison.right.span(spans()),
        )
        slack = one.within + (one.relative * np.maximum(np.abs(least), np.abs(most)) if one.relative else 0.0)
        broken = left > most + slack if one.comparison.sign == "<=" else right < least - slack
        possible &= ~broken
    return low, high, possible


def _again(constraints: Constraints, name: str) -> bool:
    """Whether several relations give a column, each under conditions of its own."""
    return sum(one.gives == name for one in constraints.given) > 1


def _asked(
    constraints: Constraints,
    conditions: tuple[Comparison | TextCondition, ...],
    low: Floats,
    high: Floats,
) -> tuple[Bools, Bools]:
    """Whether all conditions are surely true in each box, and whether one is surely false."""
    sure, never = np.ones(len(low), dtype=np.bool_), np.zeros(len(low), dtype=np.bool_)
    for one in conditions:
        names = (one.name,) if isinstance(one, TextCondition) else one.names
        places = [constraints.names.index(name) for name in names]
        fixed = (low[:, places] == high[:, places]).all(axis=1)
        if isinstance(one, TextCondition):
            texts = constraints.texts[one.name]
            code = texts.index(one.text) if one.text in texts else -1
            holds = (low[:, places[0]] == code) == one.same
        else:
            holds = one.holds({name: low[:, place] for name, place in zip(names, places, strict=True)})
        sure &= fixed & holds
        never |= fixed & ~holds
    return sure, never
