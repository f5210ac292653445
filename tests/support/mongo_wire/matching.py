"""MongoDB's comparison, ordering, filters and projections, as far as the stores use them.

Source: the MongoDB manual, "Comparison/Sort Order" and "Query and Projection Operators".
"""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from bson import ObjectId

Document = dict[str, Any]

_ORDER: tuple[tuple[tuple[type, ...], int], ...] = (
    ((type(None),), 1),
    ((bool,), 8),
    ((int, float), 2),
    ((str,), 3),
    ((dict,), 4),
    ((list,), 5),
    ((ObjectId,), 7),
    ((datetime,), 9),
)


class UnsupportedError(Exception):
    """The query uses something this server does not speak."""


def rank(value: object) -> int:
    """Say where the value's type stands in MongoDB's order of types."""
    for kinds, place in _ORDER:
        if isinstance(value, kinds):
            return place
    raise UnsupportedError(f"values of type {type(value).__name__}")


def compare(left: Any, right: Any) -> int:
    """Give -1, 0 or 1 as in MongoDB's sort order: first by type, NaN below every number, strings by bytes."""
    if rank(left) != rank(right):
        return -1 if rank(left) < rank(right) else 1
    if left is None:
        return 0
    if isinstance(left, str):
        left, right = left.encode(), right.encode()
    if isinstance(left, float) or isinstance(right, float):
        left_nan, right_nan = math.isnan(left), math.isnan(right)
        if left_nan or right_nan:
            return int(right_nan) - int(left_nan)
    return int(left > right) - int(left < right)


Test = Callable[[Any], bool]


def matches(document: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """Say whether the document passes the filter."""
    return predicate(query)(document)


def predicate(query: Mapping[str, Any]) -> Test:
    """Turn a filter into a test of documents."""
    parts = [_part(name, wanted) for name, wanted in query.items()]
    return lambda document: all(part(document) for part in parts)


def _part(name: str, wanted: Any) -> Test:
    if name in {"$and", "$or"}:
        tests = [predicate(part) for part in wanted]
        every = all if name == "$and" else any
        return lambda document: every(test(document) for test in tests)
    if name.startswith("$"):
        raise UnsupportedError(name)
    operators = wanted if _is_operators(wanted) else {"$eq": wanted}
    tests = [_operator(op, operand) for op, operand in operators.items()]
    return lambda document: all(test(document.get(name)) for test in tests)


def _is_operators(wanted: Any) -> bool:
    return isinstance(wanted, dict) and any(key.startswith("$") for key in wanted)


def _operator(name: str, operand: Any) -> Test:
    orders: dict[str, Callable[[int], bool]] = {
        "$lt": lambda order: order < 0,
        "$lte": lambda order: order <= 0,
        "$gt": lambda order: order > 0,
        "$gte": lambda order: order >= 0,
    }
    if name in orders:
        return lambda value: _ordered(value, operand, orders[name])
    if name in {"$eq", "$in"}:
        wanted = {_equal_form(each) for each in (operand if name == "$in" else [operand])}
        return lambda value: _equal_form(value) in wanted
    if name in {"$ne", "$nin"}:
        unwanted = {_equal_form(each) for each in (operand if name == "$nin" else [operand])}
        return lambda value: _equal_form(value) not in unwanted
    raise UnsupportedError(name)


def _equal_form(value: Any) -> tuple[int, Any]:
    """Give something hashable that is equal for equal values of one type, NaN with NaN."""
    return (rank(value), "NaN" if isinstance(value, float) and math.isnan(value) else value)


def _ordered(value: Any, operand: Any, test: Callable[[int], bool]) -> bool:
    """Compare inside one type only; a comparison with NaN is false unless both are NaN."""
    if rank(value) != rank(operand):
        return False
    nans = [isinstance(side, float) and math.isnan(side) for side in (value, operand)]
    if nans[0] != nans[1]:
        return False
    return test(compare(value, operand))


def ordered(documents: Iterable[Document], sort: Mapping[str, int]) -> list[Document]:
    """Sort by the fields named, 1 rising and -1 falling."""

    def both(left: Document, right: Document) -> int:
        for name, direction in sort.items():
            by_field = compare(left.get(name), right.get(name))
            if by_field:
                return by_field * int(direction)
        return 0

    return sorted(documents, key=cmp_to_key(both)) if sort else list(documents)


def projected(document: Document, projection: Mapping[str, Any]) -> Document:
    """Keep the fields named with 1, or drop those named with 0; the _id stays unless dropped by name."""
    if not projection:
        return document
    included = [name for name, keep in projection.items() if keep and name != "_id"]
    with_id = bool(projection.get("_id", 1))
    if included or (with_id and list(projection) == ["_id"]):
        names = {*included, "_id"} if with_id else set(included)
        return {name: value for name, value in document.items() if name in names}
    return {name: value for name, value in document.items() if projection.get(name, 1)}
