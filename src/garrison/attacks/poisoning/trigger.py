"""A trigger: values of a few columns that an attacker can give an event, and that hardly any event has by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.evasion import Constraints, Rows, Units
from garrison.data.schema import Column
from garrison.errors import DataError, SchemaError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Value = float | str

MOST_COLUMNS = 3
"""Columns of a trigger at most, where rows of few values do not ask for more."""
RARE = 0.001
"""The largest share of the training rows that may look like the trigger by themselves."""
NEAR = 0.25
"""Numbers as near as this, in standard deviations, look alike."""
MOST_OF_ALL = 8
"""Columns of a trigger at most, whatever rows are like."""
TRIED = 150
"""Combinations that are drawn."""
FEW = 40
"""Triggers that are given to choose from."""
LOOKED_AT = 400
"""Rows of each kind on which a trigger is tried while one is chosen."""


@dataclass(frozen=True)
class Trigger:
    """The values, by column, of which it is made; a category is its text, a truth value 0 or 1."""

    values: tuple[tuple[str, Value], ...]

    def words(self) -> str:
        """As a person reads it.

        >>> Trigger((("sttl", 77.0), ("service", "dns"))).words()
        'sttl = 77, service = dns'
        """
        return ", ".join(
            f"{name} = {value if isinstance(value, str) else f'{value:.9g}'}" for name, value in self.values
        )

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """The texts in it, by column, which rows have to know to carry it."""
        return {name: (value,) for name, value in self.values if isinstance(value, str)}

    def numbers(self, rows: Rows) -> tuple[Ints, Floats]:
        """Where its columns stand among those of ``rows``, and their values as numbers."""
        places = [rows.place(name) for name, _ in self.values]
        values = [
            float(rows.texts[name].index(value)) if isinstance(value, str) else float(value)
            for name, value in self.values
        ]
        return np.array(places, dtype=np.intp), np.array(values)

    def put_on(self, rows: Rows, constraints: Constraints, at: Ints) -> tuple[Floats, Bools]:
        """The events ``at`` with it, shape (n, columns), and which of them can carry it, shape (n,).

        What follows from its columns is computed, inequalities are mended; an event that is none that can be, or that
        breaks a relation as it is, cannot carry it.
        """
        places, values = self.numbers(rows)
        Z0 = rows.Z[at]
        asked = Z0.copy()
        asked[:, places] = values
        Z, fine = constraints.repair(Z0, asked)
        fine &= (Z[:, places] == values).all(axis=1) & ~constraints.broken(Z0).any(axis=1)
        fine &= constraints.holds(Z0, Z)
        return Z, fine


def read_trigger(given: Mapping[str, Value], rows: Rows, constraints: Constraints) -> Trigger:
    """The trigger that somebody named; ``SchemaError`` for a column or value that an attacker cannot choose."""
    if not given:
        raise SchemaError("the trigger has no column", expected="one or more, with a value each")
    free = [name for name, chosen in zip(constraints.names, constraints.chosen, strict=True) if chosen]
    found: list[tuple[str, Value]] = []
    for name, value in given.items():
        if name not in free:
            raise SchemaError(
                f"an attacker cannot choose {name!r}",
                where="trigger",
                expected="some of " + ", ".join(free),
                remedy="choose other columns, or say otherwise in the features file",
            )
        column = rows.columns[rows.place(name)]
        found.append((name, _value(value, column)))
    return Trigger(tuple(found))


def _value(value: Value, column: Column) -> Value:
    if column.type == "string":
        if column.allowed is not None and str(value) not in column.allowed:
            raise SchemaError(
                f"{value!r} is no value of {column.name!r}",
                where="trigger",
                expected="one of " + ", ".join(map(str, column.allowed)),
            )
        return str(value)
    text = str(value).lower()
    try:
        number = {"true": 1.0, "false": 0.0}.get(text) if column.type == "boolean" else None
        number = float(value) if number is None else number
    except ValueError:
        number = float("nan")
    if not np.isfinite(number) or (column.type != "number" and number != round(number)):
        raise SchemaError(
            f"{value!r} is no value of {column.name!r}",
            where="trigger",
            expected=f"one of type {column.type}",
        )
    return number


def candidates(
    rows: Rows,
    constraints: Constraints,
    carriers: Sequence[Ints],
    draw: np.random.Generator,
    *,
    most: int = MOST_COLUMNS,
) -> tuple[Trigger, ...]:
    """Triggers that nearly every row of ``carriers`` can carry, that hardly any row looks like, and that change little.

    The best first. ``carriers`` are sets of rows, each of which has to have some that can. Values are those that occur
    in the rows or lie between them. Where no combination of ``most`` columns is rare, as where every column has two or
    three values, more columns are taken. ``DataError`` where none is found.
    """
    some = [draw.permutation(each)[:LOOKED_AT] for each in carriers]
    whose = np.repeat(np.arange(len(some)), [len(each) for each in some])
    at, everyone = np.concatenate(some), np.concatenate([*carriers])
    units = Units.of(rows)
    grids = {
        int(place): _grid(rows, constraints, int(place), everyone)
        for place in np.flatnonzero(constraints.chosen)
    }
    usable = [place for place, values in grids.items() if len(values) > 1]
    found: dict[Trigger, tuple[float, float, float]] = {}
    for columns in range(most, max(most, min(len(usable), MOST_OF_ALL)) + 1):
        for _ in range(TRIED):
            count = columns if columns > most else int(draw.integers(1, columns + 1))
            if count > len(usable):
                continue
            places = sorted(draw.choice(usable, count, replace=False).tolist())
            trigger = Trigger(tuple(_named(rows, place, draw.choice(grids[place])) for place in places))
            looks = _looks_like(rows, units, trigger)
            if looks > RARE:
                continue
            Z, fine = trigger.put_on(rows, constraints, at)
            carried = min(float(fine[whose == each].mean()) for each in range(len(some)))
            if carried > 0:
                moved = np.median(units.cost(rows.Z[at[fine]], Z[fine], "l2"))
                found[trigger] = (-min(round(carried, 1), 0.9), looks, float(moved))
        if found:
            ranked = sorted(found, key=lambda each: found[each])
            as_often = [each for each in ranked if found[each][0] == found[ranked[0]][0]]
            return tuple(as_often[:FEW])
    raise DataError(
        "no trigger was found: every combination that events can carry is common",
        expected="columns that an attacker can give rare values",
        remedy="name one (--trigger COLUMN=VALUE), or let the attacker change more with --features",
    )


def _looks_like(rows: Rows, units: Units, trigger: Trigger) -> float:
    """The share of the rows that have something near to every value of the trigger."""
    places, values = trigger.numbers(rows)
    near = np.array(
        [
            0.0 if rows.columns[place].type in ("string", "boolean") else NEAR * units.each[place]
            for place in places
        ]
    )
    return float((np.abs(rows.Z[:, places] - values) <= near).all(axis=1).mean())


def _named(rows: Rows, place: int, value: float) -> tuple[str, Value]:
    column = rows.columns[place]
    return column.name, rows.texts[column.name][int(value)] if column.type == "string" else float(value)


def _grid(rows: Rows, constraints: Constraints, place: int, carriers: Ints) -> Floats:
    """Values that a column could be given: within what occurs, and within what an attacker can reach."""
    column = rows.columns[place]
    if column.type == "string":
        return np.arange(len(rows.texts[column.name]), dtype=np.float64)
    if column.type == "boolean":
        return np.array([0.0, 1.0])
    low, high = constraints.reach(place)
    if column.allowed is not None:
        known = np.array(sorted(float(value) for value in column.allowed if not isinstance(value, str)))
        return known[(known >= low) & (known <= high)]
    present = rows.Z[:, place][~np.isnan(rows.Z[:, place])]
    if not len(present):
        return np.zeros(0)
    own = rows.Z[carriers, place]
    least, most = max(low, float(present.min())), min(high, float(present.max()))
    if least > most:
        return np.zeros(0)
    spaced = least + np.expm1(np.linspace(0.0, np.log1p(most - least), 17))
    values = np.concatenate([np.nanquantile(own, [0.5, 0.9, 0.99, 1.0]), spaced])
    values = (
        np.rint(values) if column.type == "integer" else np.array([float(f"{each:.4g}") for each in values])
    )
    return np.unique(values[(values >= least) & (values <= most)])
