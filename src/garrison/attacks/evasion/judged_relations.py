"""Relations judged in rows of numbers: in which rows one applies, and in which it is broken."""

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.evasion.rows import Floats
from garrison.data.relation_spec import Relation, TextCondition

Bools = NDArray[np.bool_]


def named(names: tuple[str, ...], Z: Floats) -> dict[str, Floats]:
    """The columns of rows ``Z``, shape (n, columns), by name."""
    return {name: Z[:, place] for place, name in enumerate(names)}


def applies(one: Relation, values: dict[str, Floats], texts: dict[str, tuple[str, ...]]) -> Bools:
    """In which rows a relation's conditions are true, shape (n,); one that cannot be judged is not.

    ``texts`` are those that the numbers of a column of text stand for.
    """
    found = np.ones(len(next(iter(values.values()))), dtype=np.bool_)
    for condition in one.conditions:
        if isinstance(condition, TextCondition):
            known, codes = texts[condition.name], values[condition.name]
            code = known.index(condition.text) if condition.text in known else -1
            found &= ((codes == code) == condition.same) & ~np.isnan(codes)
        else:
            left, right = condition.left.values(values), condition.right.values(values)
            found &= condition.holds(values) & ~np.isnan(left) & ~np.isnan(right)
    return found


def broken(
    relations: tuple[Relation, ...], values: dict[str, Floats], texts: dict[str, tuple[str, ...]]
) -> Bools:
    """Which of ``relations`` each row breaks, shape (n, relations)."""
    found = [
        applies(one, values, texts) & ~one.comparison.holds(values, within=one.within, relative=one.relative)
        for one in relations
    ]
    rows = len(next(iter(values.values())))
    return np.column_stack(found) if found else np.zeros((rows, 0), dtype=np.bool_)
