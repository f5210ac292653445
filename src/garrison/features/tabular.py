"""Tables of numbers, truth values and categories as a matrix: imputed, coded and, where wanted, scaled."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.combined_spec import HOWS, Combined, How
from garrison.data.schema import ARROW_TYPES, ColumnType, Impute, Schema
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features.combined import combined_columns
from garrison.features.matrix import LARGEST, Column, OneHot, write_columns
from garrison.features.nearest_rows import NearestRows
from garrison.features.processor import fitted_or_error
from garrison.features.saved_numbers import finite, vector
from garrison.features.standard import center_and_spread

Floats = NDArray[np.float64]

MOST_CATEGORIES = 100
"""How many categories of a text column get a column of their own; the rarer ones share none."""
MOST_REFERENCE_ROWS = 2_000
"""How many distinct training rows are kept for k-nearest-neighbour imputation."""


@dataclass(frozen=True)
class _Column:
    """One fitted input column: ``fill`` is a number, a category, or None where a missing value is refused."""

    name: str
    type: ColumnType
    impute: Impute
    fill: float | str | None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fitted:
    columns: tuple[_Column, ...]
    combined: tuple[Combined, ...]
    others: tuple[str, ...]
    nearest: NearestRows | None
    center: Floats
    scale: Floats


@dataclass(frozen=True)
class TabularProcessor:
    """Columns of a schema to (n, d) float64.

    Numbers and truth values are one column each, timestamps are seconds since 1970, and a text column
    becomes one column a category seen in training; what the schema has ``combined`` follows. A missing
    value is treated as its column's ``impute`` says; ``impute`` here says how those of kind ``knn`` are
    filled: by k-nearest neighbours, or by the median, which is faster. ``scale`` brings every column to
    mean 0 and standard deviation 1 of the training rows.

    >>> schema = Schema.from_dict({"name": "sites", "columns": [
    ...     {"name": "dots", "type": "integer", "nullable": True, "impute": "median"},
    ...     {"name": "tld", "type": "string"}]})
    >>> table = pa.table({"dots": [1, 3, None], "tld": ["com", "org", "com"]})
    >>> fitted = TabularProcessor(impute="median").fit(table, schema)
    >>> fitted.names
    ('dots', 'tld=com', 'tld=org')
    >>> fitted.transform(table).tolist()
    [[1.0, 1.0, 0.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]]
    """

    kind: ClassVar[str] = "tabular"

    impute: Literal["knn", "median"] = "knn"
    scale: bool = False
    neighbours: int = 5
    seed: int = 0
    _fitted: _Fitted | None = field(default=None, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns ``transform`` gives; empty before ``fit``."""
        return _output_names(self._fitted.columns, self._fitted.combined) if self._fitted else ()

    @property
    def fitted(self) -> _Fitted:
        """What was learnt from the training rows; ``ModelError`` before ``fit``."""
        return fitted_or_error(self._fitted)

    def fit(self, table: pa.Table, schema: Schema) -> "TabularProcessor":
        """A processor fitted to the training rows ``table``, which ``schema`` has validated.

        ``DataError`` when there are no rows, or a column that may lack values has none at all.
        """
        if not table.num_rows:
            raise DataError("there are no rows to fit to", where=f"schema {schema.name!r}")
        others = tuple(column.name for column in schema.kept() if column.role != "feature")
        plain = tuple(_Column(column.name, column.type, column.impute, None) for column in schema.features)
        _check_columns(table, plain, others)
        columns = tuple(self._fit_column(column, table.column(column.name)) for column in plain)
        numeric = [column for column in columns if column.type != "string"]
        nearest = None
        if self.impute == "knn" and any(column.impute == "knn" for column in numeric):
            matrix = np.column_stack([_numbers(table.column(column.name), column) for column in numeric])
            nearest = NearestRows.choose(
                matrix, neighbours=self.neighbours, most=MOST_REFERENCE_ROWS, seed=self.seed
            )
        width = len(_output_names(columns, schema.combined))
        fitted = _Fitted(columns, schema.combined, others, nearest, np.zeros(width), np.ones(width))
        if self.scale:
            center, spread = center_and_spread(replace(self, _fitted=fitted).transform(table))
            fitted = replace(fitted, center=center, scale=spread)
        return replace(self, _fitted=fitted)

    def transform(self, table: pa.Table) -> Floats:
        """The rows of ``table`` as numbers, shape (n, d), all finite; a row's numbers do not depend on its
        neighbours.

        ``SchemaError`` when the columns are not those of the schema it was fitted with, or a value is
        missing where the schema refuses that.
        """
        fitted = self.fitted
        columns = self.columns(table)
        X = np.empty((table.num_rows, len(self.names)))
        scale = (fitted.center, fitted.scale) if self.scale else None
        write_columns(X, columns, scale=scale)
        return X

    def columns(self, table: pa.Table) -> list[Column]:
        """What ``transform`` gives, but column by column, not yet scaled."""
        fitted = self.fitted
        _check_columns(table, fitted.columns, fitted.others)
        columns: list[Column] = []
        lacking = False
        for column in fitted.columns:
            values = table.column(column.name)
            if column.type == "string":
                columns.append(_one_hot(values, column))
            else:
                columns.append(_filled(values, column))
                lacking |= column.impute == "knn" and (values.null_count > 0 or column.type == "number")
        if fitted.nearest is not None and lacking:
            _fill_by_neighbours(table, fitted, fitted.nearest, columns)
        if fitted.combined:
            names = [column.name for column in fitted.columns]
            by_name = {
                n: each for n, each in zip(names, columns, strict=True) if not isinstance(each, OneHot)
            }
            columns += combined_columns(fitted.combined, by_name)
        return columns

    def to_dict(self) -> dict[str, Any]:
        """The fitted processor as JSON values; ``ModelError`` before ``fit``."""
        fitted = self.fitted
        nearest = fitted.nearest
        return {
            "kind": self.kind,
            "format": 1,
            "impute": self.impute,
            "scale": self.scale,
            "neighbours": self.neighbours,
            "seed": self.seed,
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "impute": column.impute,
                    "fill": column.fill,
                    "categories": list(column.categories),
                }
                for column in fitted.columns
            ],
            "combined": [[each.name, each.how, each.left, each.right] for each in fitted.combined],
            "others": list(fitted.others),
            "center": fitted.center.tolist(),
            "spread": fitted.scale.tolist(),
            "reference_scale": nearest.scale.tolist() if nearest else None,
            "reference_rows": [[_or_none(value) for value in row] for row in nearest.rows.tolist()]
            if nearest
            else None,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "TabularProcessor":
        """The processor that ``to_dict`` described; ``ModelError`` where the facts contradict each other."""
        if facts["format"] != 1 or facts["impute"] not in ("knn", "median"):
            raise ModelError("the processor was saved in a format that is not known", expected="format 1")
        columns = tuple(
            _Column(
                str(one["name"]),
                cast(ColumnType, _known(one["type"], ARROW_TYPES)),
                cast(Impute, _known(one["impute"], ("refuse", "knn", "median", "mode", "constant"))),
                one["fill"] if isinstance(one["fill"], str | None) else finite(one["fill"]),
                tuple(map(str, one["categories"])),
            )
            for one in facts["columns"]
        )
        combined = _combined(facts.get("combined", []), columns)
        width = len(_output_names(columns, combined))
        numeric = sum(column.type != "string" for column in columns)
        nearest = None
        if facts["reference_rows"] is not None:
            rows = [
                [math.nan if value is None else finite(value) for value in row]
                for row in facts["reference_rows"]
            ]
            scale = vector(facts["reference_scale"], numeric)
            nearest = NearestRows(
                np.array(rows, dtype=np.float64).reshape(-1, numeric), scale, int(facts["neighbours"])
            )
        others = tuple(map(str, facts["others"]))
        fitted = _Fitted(
            columns,
            combined,
            others,
            nearest,
            vector(facts["center"], width),
            vector(facts["spread"], width),
        )
        return cls(
            facts["impute"], bool(facts["scale"]), int(facts["neighbours"]), int(facts["seed"]), fitted
        )

    def _fit_column(self, column: _Column, values: pa.ChunkedArray) -> _Column:
        if column.type == "string":
            return _fit_text(column, values)
        if column.impute == "refuse":
            return column
        numbers = _numbers(values, column)
        present = numbers[~np.isnan(numbers)]
        if column.impute == "constant":
            return replace(column, fill=0.0)
        if not len(present):
            raise DataError(f"column {column.name!r} has no value to impute from", remedy="drop the column")
        if column.impute == "mode":
            distinct, counts = np.unique(present, return_counts=True)
            return replace(column, fill=float(distinct[counts.argmax()]))
        return replace(column, fill=float(np.median(present)))


def _fit_text(column: _Column, values: pa.ChunkedArray) -> _Column:
    pairs = pc.value_counts(values.drop_null()).to_pylist()
    ranked = sorted(pairs, key=lambda pair: (-pair["counts"], pair["values"]))
    fill = ranked[0]["values"] if ranked and column.impute == "mode" else None
    if column.impute == "mode" and fill is None:
        raise DataError(f"column {column.name!r} has no value to impute from", remedy="drop the column")
    return replace(
        column, fill=fill, categories=tuple(sorted(pair["values"] for pair in ranked[:MOST_CATEGORIES]))
    )


def _combined(facts: Any, columns: tuple[_Column, ...]) -> tuple[Combined, ...]:
    numbers = {column.name for column in columns if column.type != "string"}
    found = tuple(
        Combined(str(name), cast(How, _known(how, HOWS)), str(left), str(right))
        for name, how, left, right in facts
    )
    if any(each.left not in numbers or each.right not in numbers for each in found):
        raise ModelError("a column is made of one that is not there")
    return found


def _output_names(columns: tuple[_Column, ...], combined: tuple[Combined, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for column in columns:
        if column.type == "string":
            names += [f"{column.name}={category}" for category in column.categories]
        else:
            names.append(column.name)
    return (*names, *(each.name for each in combined))


def _check_columns(table: pa.Table, columns: tuple[_Column, ...], others: tuple[str, ...]) -> None:
    names = table.column_names
    wanted = [column.name for column in columns]
    missing = [name for name in wanted if name not in names]
    extra = [name for name in names if name not in wanted and name not in others]
    twice = sorted({name for name in names if names.count(name) > 1})
    for what, found in (("missing", missing), ("unexpected", extra), ("there twice", twice)):
        if found:
            raise SchemaError(
                f"columns are {what}: " + ", ".join(found[:10]),
                expected="the columns of the schema the processor was fitted with: " + ", ".join(wanted),
                remedy="validate the table by that schema first",
            )
    for column in columns:
        given, expected = table.schema.field(column.name).type, ARROW_TYPES[column.type]
        if given != expected:
            raise SchemaError(
                f"column {column.name!r} is of type {given}",
                expected=str(expected),
                remedy="validate the table by the schema first",
            )


def _numbers(values: pa.ChunkedArray, column: _Column) -> Floats:
    if column.type == "timestamp":
        values = pc.divide(values.cast(pa.int64()).cast(pa.float64(), safe=False), 1e6)
    elif column.type == "boolean":
        values = values.cast(pa.int8())
    numbers: Floats = values.cast(pa.float64(), safe=False).to_numpy()
    return np.clip(numbers, -LARGEST, LARGEST) if column.type == "number" else numbers


def _filled(values: pa.ChunkedArray, column: _Column) -> Floats:
    numbers = _numbers(values, column)
    if not values.null_count and column.type != "number":
        return numbers
    lacking = np.flatnonzero(np.isnan(numbers))
    if not len(lacking):
        return numbers
    if column.fill is None:
        _refuse_missing(column.name, int(lacking[0]))
    numbers = numbers.copy()
    numbers[lacking] = float(column.fill or 0.0)
    return numbers


def _fill_by_neighbours(
    table: pa.Table, fitted: _Fitted, nearest: NearestRows, columns: list[Column]
) -> None:
    """Put what is missing in columns of kind ``knn`` from the nearest reference rows."""
    numeric = [(at, column) for at, column in enumerate(fitted.columns) if column.type != "string"]
    matrix = np.column_stack([_numbers(table.column(column.name), column) for _, column in numeric])
    lacking = np.isnan(matrix) & np.array([column.impute == "knn" for _, column in numeric])
    if not lacking.any():
        return
    fills = np.array([0.0 if column.fill is None else float(column.fill) for _, column in numeric])
    near = nearest.fill(matrix, fills)
    for place, (at, _) in enumerate(numeric):
        given = columns[at]
        if lacking[:, place].any() and isinstance(given, np.ndarray):
            columns[at] = np.where(lacking[:, place], near[:, place], given)


def _one_hot(values: pa.ChunkedArray, column: _Column) -> OneHot:
    if values.null_count and column.fill is None and column.impute != "constant":
        _refuse_missing(column.name, int(np.argmax(values.is_null().to_numpy())))
    if column.fill is not None:
        values = pc.fill_null(values, str(column.fill))
    categories = pa.array(column.categories, pa.string())
    codes = pc.fill_null(pc.index_in(values, value_set=categories), -1).to_numpy()
    return OneHot(codes, len(categories))


def _refuse_missing(name: str, row: int) -> None:
    raise SchemaError(
        f"column {name!r} lacks a value",
        where=f"row {row + 1:,} of the table",
        expected="a value in every row, as the schema has no way to impute it",
        remedy="validate the table by the schema first, or give the column an 'impute'",
    )


def _known(value: Any, choices: Any) -> str:
    if value not in choices:
        raise ValueError(f"unknown choice {value!r}")
    return str(value)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
