"""One event, as a mapping, checked by its schema and made into a row of numbers, without a table around it.

What is looked up for an event is prepared once: which columns there are, what bounds them, where a category's column
stands. An event that is plainly good takes some microseconds; any doubt raises ``Unsure``, and the event is held
against the schema as a table of one row. So nothing is ever refused here, nor taken that a table would refuse.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.data.one_value import FLOATS, LARGEST, LARGEST_WHOLE, WHOLES, Unsure, is_among, reader
from garrison.data.schema import Column, Schema
from garrison.data.validate import BOOKKEEPING
from garrison.features.combined import combine_two
from garrison.features.tabular import TabularProcessor

Floats = NDArray[np.float64]
Event = Mapping[str, Any]

MOST_REMEMBERED = 1_024
"""How many arrangements of columns, and of their types, are remembered."""
LEAST_SPREAD = 1e-20
"""A scale below this may bring a number beyond what the processor cuts to."""

_TEXTS = (str, np.str_)


@dataclass(frozen=True)
class _Number:
    """A column of numbers or truth values: where it goes in the row, None where no model looks at it."""

    column: Column
    read: Callable[[Any], Any]
    place: int | None
    fill: float | None


@dataclass(frozen=True)
class _Text:
    """A column of text: the place of each category in the row, and that of a missing value."""

    name: str
    read: Callable[[Any], Any]
    places: dict[str, int]
    missing: int | None
    feature: bool


@dataclass(frozen=True)
class _Moment:
    name: str
    read: Callable[[Any], Any]
    place: int | None
    fill: float | None


@dataclass(frozen=True)
class _Arrangement:
    """The columns of an event, in its order: what takes out its numbers, and how those of known types are taken."""

    numbers: Callable[[Event], tuple[Any, ...]] | None
    past: tuple[str, ...]
    whole: dict[tuple[type, ...], bool]


class OneRow:
    """Events of one schema to the unscaled columns of a ``TabularProcessor``, in a row of ``width`` numbers.

    ``past`` are columns of past behaviour, whole numbers that an event may have all of, which go to the end of the
    row; ``remembered`` names the columns whose values are wanted beside the row.
    """

    def __init__(
        self,
        processor: TabularProcessor,
        schema: Schema,
        *,
        width: int,
        past: tuple[str, ...] = (),
        remembered: tuple[str, ...] = (),
    ) -> None:
        self._schema = schema
        self._past = past
        self._width = width
        self._remembered = frozenset(remembered)
        self._kept = schema.kept(with_label=False)
        self._known = frozenset((*schema.names, *BOOKKEEPING))
        self._arrangements: dict[tuple[Any, ...], _Arrangement] = {}
        self._numbers: list[_Number] = []
        self._texts: list[_Text] = []
        self._moments: list[_Moment] = []
        self._place_columns(processor)
        self._combined = _places_of_combined(processor)
        names = [each.column.name for each in self._numbers]
        self._names = names
        self._pack = struct.Struct(f"={len(names)}d").pack  # in the machine's own order of bytes
        bounds = [_number_bounds(each.column) for each in self._numbers]
        self._low = np.array([low for low, _ in bounds])
        self._high = np.array([high for _, high in bounds])
        self._yes = b"\1" * len(names)
        self._is_integer = np.array([each.column.type == "integer" for each in self._numbers], dtype=bool)
        self._allowed = [
            (at, frozenset(each.column.allowed))
            for at, each in enumerate(self._numbers)
            if each.column.allowed is not None
        ]
        chosen = [at for at, each in enumerate(self._numbers) if each.place is not None]
        places = [each.place for each in self._numbers if each.place is not None]
        self._chosen = None if len(chosen) == len(names) else np.array(chosen, dtype=np.intp)
        self._places = np.array(places, dtype=np.intp)

    def _place_columns(self, processor: TabularProcessor) -> None:
        fitted = processor.fitted
        learnt = {one.name: one for one in fitted.columns}
        starts: dict[str, int] = {}
        place = 0
        for one in fitted.columns:
            starts[one.name] = place
            place += len(one.categories) if one.type == "string" else 1
        for column in self._kept:
            read, own = reader(column), learnt.get(column.name)
            start = starts.get(column.name)
            fill = None
            if own is not None and not isinstance(own.fill, str):
                by_neighbours = own.impute == "knn" and fitted.nearest is not None
                fill = None if by_neighbours else own.fill
            if column.type == "string":
                places = {
                    name: starts[column.name] + at
                    for at, name in enumerate(own.categories if own else ())
                    if _is_taken(read, name)
                }
                missing = places.get(own.fill) if own is not None and isinstance(own.fill, str) else None
                may = own is None or own.fill is not None or own.impute == "constant"
                self._texts.append(
                    _Text(column.name, read if may else _present(read), places, missing, own is not None)
                )
            elif column.type == "timestamp":
                self._moments.append(_Moment(column.name, read, start, fill))
            else:
                self._numbers.append(_Number(column, read, start, fill))

    def __call__(self, event: Event) -> tuple[Floats, dict[str, Any], bool]:
        """The row, its columns beyond the processor's being 0 or the event's past; what is wanted beside it; and
        whether the event had its past with it. ``Unsure`` where a table has to decide."""
        keys = tuple(event)
        arrangement = self._arrangements.get(keys)
        if arrangement is None:
            arrangement = self._arranged(keys)
        row = np.zeros(self._width)
        wanted: dict[str, Any] = {}
        numbers = self._taken(event, arrangement)
        if numbers is None:
            self._one_by_one(event, row, wanted)
        else:
            row[self._places] = numbers if self._chosen is None else numbers[self._chosen]
            for name in self._remembered:
                wanted[name] = event.get(name)
        for text in self._texts:
            value: Any = event.get(text.name)
            place = text.places.get(value) if type(value) in _TEXTS else None
            if place is None:
                value = text.read(value)
                place = text.missing if value is None else None
            if place is not None:
                row[place] = 1.0
            if text.name in self._remembered:
                wanted[text.name] = value
        for moment in self._moments:
            value = moment.read(event.get(moment.name))
            if moment.place is not None:
                row[moment.place] = _filled(value / 1e6 if value is not None else None, moment.fill)
            if moment.name in self._remembered:
                wanted[moment.name] = value
        _combine(row, self._combined)
        if arrangement.past:
            row[self._width - len(arrangement.past) :] = [_count(event[name]) for name in arrangement.past]
        return row, wanted, bool(arrangement.past)

    def _arranged(self, keys: tuple[Any, ...]) -> _Arrangement:
        """What is prepared for events with these columns; ``Unsure`` when they may not be those of the schema."""
        if not keys or any(type(key) is not str for key in keys):
            raise Unsure
        names = set(keys)
        past = tuple(name for name in self._past if name in names)
        if len(past) != len(self._past) and past:
            raise Unsure
        if names - self._known - {*past}:
            raise Unsure
        if any(column.name not in names and not column.optional for column in self._kept):
            raise Unsure
        whole = names.issuperset(self._names)
        arrangement = _Arrangement(_taker(self._names) if whole else None, past, {})
        if len(self._arrangements) >= MOST_REMEMBERED:
            self._arrangements.clear()
        self._arrangements[keys] = arrangement
        return arrangement

    def _taken(self, event: Event, arrangement: _Arrangement) -> Floats | None:
        """All numbers of the event at once; None where one of them has to be looked at on its own."""
        if arrangement.numbers is None:
            return None
        values = arrangement.numbers(event)
        kinds = tuple(map(type, values))
        whole = arrangement.whole.get(kinds)
        if whole is None:
            if not self._plain(kinds):
                return None
            whole = all(
                kind in WHOLES
                for kind, is_integer in zip(kinds, self._is_integer.tolist(), strict=True)
                if is_integer
            )
            if len(arrangement.whole) >= MOST_REMEMBERED:
                arrangement.whole.clear()
            arrangement.whole[kinds] = whole
        try:
            numbers = np.frombuffer(self._pack(*values))
        except (struct.error, OverflowError):
            return None
        # Bytes are compared: that takes a tenth of the time that numpy's ``all`` does for so few.
        inside = (numbers >= self._low).tobytes() == self._yes == (numbers <= self._high).tobytes()
        if not whole:
            inside = inside and not (np.floor(numbers) != numbers)[self._is_integer].any()
        return (
            numbers
            if inside and all(is_among(values[at], allowed) for at, allowed in self._allowed)
            else None
        )

    def _plain(self, kinds: tuple[type, ...]) -> bool:
        """Whether values of these types are numbers, and truth values, where they are wanted."""
        return all(
            kind is bool if each.column.type == "boolean" else kind in FLOATS or kind in WHOLES
            for kind, each in zip(kinds, self._numbers, strict=True)
        )

    def _one_by_one(self, event: Event, row: Floats, wanted: dict[str, Any]) -> None:
        for each in self._numbers:
            name = each.column.name
            value = each.read(event.get(name))
            if each.place is not None:
                row[each.place] = _filled(value, each.fill)
            if name in self._remembered:
                wanted[name] = value


def _combine(row: Floats, combined: list[tuple[int, str, int, int]]) -> None:
    for place, how, left, right in combined:
        row[place] = combine_two(how, float(row[left]), float(row[right]))


def _places_of_combined(processor: TabularProcessor) -> list[tuple[int, str, int, int]]:
    """Where each column made of two others stands, and where those stand."""
    at = {name: place for place, name in enumerate(processor.names)}
    return [(at[each.name], each.how, at[each.left], at[each.right]) for each in processor.fitted.combined]


def _taker(names: list[str]) -> Callable[[Event], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda event: tuple(event[name] for name in names)


def _number_bounds(column: Column) -> tuple[float, float]:
    most = LARGEST if column.type == "number" else LARGEST_WHOLE - 1.0
    low = -most if column.minimum is None else max(-most, float(column.minimum))
    high = most if column.maximum is None else min(most, float(column.maximum))
    return low, high


def _present(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def present(value: Any) -> Any:
        found = read(value)
        if found is None:
            raise Unsure
        return found

    return present


def _is_taken(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        return read(value) is not None
    except Unsure:
        return False


def _filled(value: Any, fill: float | None) -> float:
    if value is not None:
        return float(value)
    if fill is None:
        raise Unsure
    return fill


def _count(value: Any) -> int:
    if type(value) not in WHOLES or not 0 <= value < LARGEST_WHOLE:
        raise Unsure
    return int(value)
