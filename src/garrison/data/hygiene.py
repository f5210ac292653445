"""What about a data set would make a number measured on it untrue.

Repeated rows let a random split test on what was trained; equal features with both labels bound what any
model can reach; a column that tells the label alone is more often a leak than a discovery. The list follows
"Dos and Don'ts of Machine Learning in Computer Security" (Arp et al., USENIX Security 2022).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.row_codes import Codes, combine_codes, row_codes, value_codes
from garrison.data.schema import Schema
from garrison.errors import SchemaError

TELLING = 0.95
"""A column is called telling when it alone reaches this AUC or this balanced accuracy."""
ONE_SIDED = 0.5
"""A column is called one-sided when a threshold on it alone names this share of a class without one
mistake."""
FEW_VALUES = 50
"""Up to how many distinct values a column is also judged by the majority label of each value."""
ROWS_A_VALUE = 10
"""How many rows a value needs, on average, for that judgement to mean anything."""
RARE_CLASS = 0.05
"""A class under this share of the rows is called rare."""
NAMED = 5
"""Rare classes that a caveat names; the others are counted."""


@dataclass(frozen=True)
class Caveat:
    """A reason to read a number with care: a code for programs, a text for people, and the figure behind
    it."""

    code: str
    text: str
    value: float


@dataclass(frozen=True)
class LoneSeparator:
    """How far one column alone tells the classes apart.

    ``auc`` in [0.5, 1] is the rank AUC in the better direction; ``accuracy`` in [0, 1] the balanced accuracy of each
    value's majority label, for columns of few values, else 0; ``one_sided`` in [0, 1] the largest share of a class
    that lies beyond every row of the other.
    """

    column: str
    auc: float
    accuracy: float
    one_sided: float


@dataclass(frozen=True)
class Hygiene:
    """What was found in a table.

    ``duplicate_rows`` counts the rows, features and label together, that repeat an earlier one.
    ``contradictory_feature_rows`` counts the distinct feature rows that occur with both labels; it is 0
    where the table has no label.
    """

    rows: int
    duplicate_rows: int
    distinct_feature_rows: int
    contradictory_feature_rows: int
    constant_columns: tuple[str, ...]
    missing: dict[str, int]
    lone_separators: tuple[LoneSeparator, ...]
    class_counts: dict[str, int]
    caveats: tuple[Caveat, ...]


def inspect_hygiene(table: pa.Table, schema: Schema) -> Hygiene:
    """What is unclean in a table validated by ``schema``.

    A table without its label column is inspected as far as that goes. ``SchemaError`` when a feature is
    missing, or when the label has one value or an unknown one.

    >>> schema = Schema.from_dict({"name": "sites", "columns": [
    ...     {"name": "a", "type": "integer"}, {"name": "bad", "type": "integer", "role": "label"}],
    ...     "label": {"column": "bad", "positive": 1, "negative": 0}})
    >>> found = inspect_hygiene(pa.table({"a": [1, 1, 1, 2], "bad": [1, 1, 0, 0]}), schema)
    >>> found.duplicate_rows, found.distinct_feature_rows, found.contradictory_feature_rows
    (1, 2, 1)
    """
    absent = [name for name in schema.feature_names if name not in table.column_names]
    if absent:
        raise SchemaError("columns are missing: " + ", ".join(absent), where=f"schema {schema.name!r}")
    rows = table.num_rows
    features = row_codes(table, schema.feature_names)
    distinct = int(features.max(initial=-1)) + 1
    label = schema.label.column if schema.label and schema.label.column in table.column_names else None
    whole, contradictory = distinct, 0
    class_counts: dict[str, int] = {}
    separators: tuple[LoneSeparator, ...] = ()
    if label is not None:
        y = schema.labels(table)
        whole = (
            int(combine_codes([features, value_codes(table.column(label))], rows=rows).max(initial=-1)) + 1
        )
        positive = np.bincount(features, weights=y, minlength=distinct)
        contradictory = int(((positive > 0) & (positive < np.bincount(features, minlength=distinct))).sum())
        class_counts = _counts(table.column(label))
        separators = _separators_of(table, schema, y)
    missing = {name: table.column(name).null_count for name in schema.feature_names}
    missing = {name: count for name, count in missing.items() if count}
    constant = tuple(name for name in schema.feature_names if rows and _is_constant(table.column(name)))
    found = Hygiene(
        rows=rows,
        duplicate_rows=rows - whole,
        distinct_feature_rows=distinct,
        contradictory_feature_rows=contradictory,
        constant_columns=constant,
        missing=missing,
        lone_separators=tuple(one for one in separators if max(one.auc, one.accuracy) >= TELLING),
        class_counts=class_counts,
        caveats=(),
    )
    return Hygiene(**{**found.__dict__, "caveats": _caveats(found, separators)})


def lone_separators(
    X: NDArray[np.float64], y: NDArray[np.bool_], names: tuple[str, ...]
) -> list[LoneSeparator]:
    """How far each column of ``X`` (n, d) alone tells ``y`` (n,) apart, in the order of ``names``; NaN rows
    are left out.

    It serves features that are derived, such as the length of a URL, which no column of the table shows.

    >>> lone_separators(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([False, False, True, True]), ("a",))
    [LoneSeparator(column='a', auc=1.0, accuracy=0.0, one_sided=1.0)]
    """
    found = []
    for name, column in zip(names, X.T, strict=True):
        present = ~np.isnan(column)
        values, truth = column[present], y[present]
        if truth.all() or not truth.any():
            found.append(LoneSeparator(name, 0.5, 0.0, 0.0))
            continue
        _, codes = np.unique(values, return_inverse=True)
        found.append(
            LoneSeparator(name, _auc(codes, truth), _majority(codes, truth), _one_sided(values, truth))
        )
    return found


def _separators_of(table: pa.Table, schema: Schema, y: NDArray[np.bool_]) -> tuple[LoneSeparator, ...]:
    found = []
    for column in schema.features:
        values = table.column(column.name)
        if column.type == "string":
            codes = value_codes(values)
            found.append(LoneSeparator(column.name, 0.5, _majority(codes, y), 0.0))
            continue
        kind = pa.int64() if column.type == "timestamp" else column.arrow_type
        numbers = values.cast(kind).cast(pa.float64(), safe=False).to_numpy()
        found.extend(lone_separators(numbers.astype(np.float64)[:, None], y, (column.name,)))
    return tuple(found)


def _auc(codes: Codes, y: NDArray[np.bool_]) -> float:
    positive = np.bincount(codes, weights=y)
    negative = np.bincount(codes) - positive
    below = np.cumsum(negative) - negative
    auc = float((positive * (below + negative / 2)).sum() / (positive.sum() * negative.sum()))
    return max(auc, 1 - auc)


def _majority(codes: Codes, y: NDArray[np.bool_]) -> float:
    """The balanced accuracy of the majority label of each value; that of a column that says nothing is one half."""
    counts = np.bincount(codes)
    distinct = np.count_nonzero(counts)
    if distinct > FEW_VALUES or distinct * ROWS_A_VALUE > len(y) or y.all() or not y.any():
        return 0.0
    positive = np.bincount(codes, weights=y)
    shares = np.maximum(positive / y.sum(), (counts - positive) / (~y).sum())
    return float(shares.sum() / 2)


def _one_sided(values: NDArray[np.float64], y: NDArray[np.bool_]) -> float:
    shares = []
    for one, other in ((values[y], values[~y]), (values[~y], values[y])):
        shares += [float((one < other.min()).mean()), float((one > other.max()).mean())]
    return max(shares)


def _is_constant(column: pa.ChunkedArray) -> bool:
    return int(value_codes(column).max(initial=0)) == 0


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    pairs = column.value_counts().to_pylist()
    return {
        str(pair["values"]): pair["counts"] for pair in sorted(pairs, key=lambda pair: str(pair["values"]))
    }


def _caveats(found: Hygiene, separators: tuple[LoneSeparator, ...]) -> tuple[Caveat, ...]:
    caveats = []
    if repeated := found.rows - found.distinct_feature_rows:
        caveats.append(
            Caveat(
                "duplicate-rows",
                f"{found.duplicate_rows:,} of {found.rows:,} rows repeat an earlier row, label included, and "
                f"{repeated:,} repeat its features; a random split would test on rows it was trained on",
                found.duplicate_rows,
            )
        )
    if found.contradictory_feature_rows:
        caveats.append(
            Caveat(
                "contradictory-labels",
                f"{found.contradictory_feature_rows:,} distinct feature rows occur with both labels; no "
                f"model can be "
                "right about all of them",
                found.contradictory_feature_rows,
            )
        )
    caveats += [
        Caveat("constant-column", f"column {name!r} has one value and tells nothing", 1)
        for name in found.constant_columns
    ]
    caveats += [
        Caveat(
            "missing-values", f"column {name!r} lacks {count:,} of {found.rows:,} values", count / found.rows
        )
        for name, count in found.missing.items()
    ]
    caveats += [caveat for one in separators for caveat in separator_caveats(one)]
    caveats += _rare_classes(found.class_counts)
    return tuple(caveats)


def _rare_classes(counts: dict[str, int]) -> list[Caveat]:
    """One caveat for all values of the label that are rare: a label that names kinds of attack has dozens."""
    total = sum(counts.values())
    rare = sorted((count, name) for name, count in counts.items() if count < RARE_CLASS * total)
    if not rare:
        return []
    least, name = rare[0]
    if len(rare) == 1:
        text = f"only {least:,} of {total:,} rows are {name!r}; accuracy says little"
    else:
        named = ", ".join(f"{each!r} ({count:,})" for count, each in rare[:NAMED])
        more = f" and {len(rare) - NAMED} more" if len(rare) > NAMED else ""
        text = (
            f"{len(rare)} of the label's {len(counts)} values have fewer than {100 * RARE_CLASS:g} % of the "
            f"{total:,} rows each: {named}{more}; accuracy says little of them"
        )
    return [Caveat("rare-class", text, least / total)]


def separator_caveats(found: LoneSeparator) -> tuple[Caveat, ...]:
    """What to say about a column that tells the classes apart alone; nothing about one that does not."""
    if (best := max(found.auc, found.accuracy)) >= TELLING:
        text = f"column {found.column!r} alone tells the classes apart ({best:.3f}): is it known before the label is?"
        return (Caveat("lone-separator", text, best),)
    if found.one_sided >= ONE_SIDED:
        share = f"{100 * found.one_sided:.0f} % of a class"
        text = f"a threshold on {found.column!r} alone names {share} without a mistake: how was the set collected?"
        return (Caveat("one-sided-column", text, found.one_sided),)
    return ()
