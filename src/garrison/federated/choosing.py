"""Which parties are asked in a round: drawn from the seed and the round's number alone."""

from collections.abc import Sequence

import numpy as np

from garrison.federated.plan import Plan
from garrison.federated.seeds import draws_for


def chosen(names: Sequence[str], plan: Plan, number: int) -> list[str]:
    """The names of the parties asked in round ``number``, in order.

    A share of ``plan.fraction``, rounded, and one at least; under central privacy each with that probability, so
    that there may be none.
    """
    ordered = sorted(names)
    draws = draws_for(plan.seed, "parties", number)
    if plan.central is not None:
        return [
            name
            for name, draw in zip(ordered, draws.random(len(ordered)), strict=True)
            if draw < plan.fraction
        ]
    many = max(1, round(plan.fraction * len(ordered)))
    return [ordered[place] for place in np.sort(draws.choice(len(ordered), size=many, replace=False))]


def participations(names: Sequence[str], plan: Plan) -> int:
    """How often the party that is asked most is asked, if these parties stay."""
    counts = dict.fromkeys(names, 0)
    for number in range(1, plan.rounds + 1):
        for name in chosen(names, plan, number):
            counts[name] += 1
    return max(counts.values())
