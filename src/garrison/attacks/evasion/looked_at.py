"""What came of a search once it was looked at anew: which events pass, what they cost, and some of them in words."""

from dataclasses import dataclass

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.result import MOST_EXAMPLES, Change, Example
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.targets import Targets
from garrison.attacks.evasion.task import Found


@dataclass(frozen=True)
class Searched:
    """The claim ``found``, the events ``Z`` as they can be, their scores and costs, and which of them pass."""

    found: Found
    Z: Floats
    after: Floats
    cost: Floats
    passed: Bools


def examples(targets: Targets, attacked: Ints, hard: Searched) -> tuple[Example, ...]:
    """The cheapest success, the dearest, and some between."""
    done = np.flatnonzero(hard.passed)
    done = done[np.argsort(hard.cost[done], kind="stable")]
    if len(done) > MOST_EXAMPLES:
        done = done[np.linspace(0, len(done) - 1, MOST_EXAMPLES).round().astype(int)]
    told = []
    for at in done:
        row = int(attacked[at])
        before, after = targets.rows.Z[targets.chosen[row]], hard.Z[at]
        moved = targets.units.changes(before, after)
        changes = tuple(
            Change(
                targets.constraints.names[place],
                targets.rows.shown(before[place], int(place)),
                targets.rows.shown(after[place], int(place)),
                round(float(moved[place]), 6),
            )
            for place in np.argsort(-moved, kind="stable")
            if moved[place] > 0
        )
        number, score = int(targets.numbers[row]), float(targets.scores[row])
        told.append(Example(number, score, float(hard.after[at]), float(hard.cost[at]), changes))
    return tuple(told)
