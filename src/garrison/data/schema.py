"""What a column must be: the schema, read from a features file.

A features file is JSON::

    {"name": "phishing websites",
     "columns": [{"name": "SSLfinal_State", "type": "integer", "allowed": [-1, 0, 1]},
                 {"name": "Result", "type": "integer", "role": "label", "allowed": [-1, 1]}],
     "label": {"column": "Result", "positive": -1, "negative": 1},
     "group_by": "features"}

``type`` is integer, number, string, boolean or timestamp. ``role`` is feature (the default), label, attack (names
the kind of attack; like the label it is the truth, and absent where rows are only scored), context (kept beside
the features, as when and by whom; no model looks at it), group (names what must stay together when rows are
split) or ignore (dropped). ``allowed``, ``minimum`` and ``maximum`` bound the values; a timestamp's bounds are ISO
8601 texts, or ``now``. ``nullable`` says whether a value may be missing and ``impute`` what is then done about it;
an ``optional`` column may be missing from a table altogether. ``pseudonym`` columns hold addresses, which are
replaced on the way in. ``attacker`` says how far an attacker may change a value.

``label.positive`` may be ``"*"``: every value that is not negative. ``group_by`` is ``features`` (equal feature rows
stay together), the name of a column, or a derivation of one, as ``host:url``. ``time`` names the timestamp by which
events are ordered, ``report_by`` the columns by whose values quality is reported, ``windows`` the past behaviour
that is added to each event (see ``windows_spec``), ``combined`` columns made of two features (see ``combined_spec``).
``relations`` hold between the columns of every real event, and so of one that an attacker makes (see
``relation_spec``).
"""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.combined_spec import Combined
from garrison.data.relation_spec import Relation
from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError

if TYPE_CHECKING:
    from garrison.data.validate import Validated

Value = bool | int | float | str
ColumnType = Literal["integer", "number", "string", "boolean", "timestamp"]
Role = Literal["feature", "label", "attack", "context", "group", "ignore"]
Impute = Literal["refuse", "knn", "median", "mode", "constant"]
Change = Literal["none", "up", "down", "both"]

OTHERS = "*"
"""As the positive value of a label: every value that is not negative."""
NOW = "now"
"""As the bound of a timestamp: the time at which a row is looked at."""

ARROW_TYPES: dict[str, pa.DataType] = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Attacker:
    """How far an attacker may change a value: in which direction, and between which bounds, as far as there are any.

    ``up`` means that the value can only be made larger, as by padding; ``none`` that it is out of reach.
    """

    change: Change
    minimum: int | float | None = None
    maximum: int | float | None = None


@dataclass(frozen=True)
class Column:
    """What one column must be."""

    name: str
    type: ColumnType
    role: Role = "feature"
    allowed: tuple[Value, ...] | None = None
    minimum: int | float | str | None = None
    maximum: int | float | str | None = None
    nullable: bool = False
    impute: Impute = "refuse"
    meaning: str = ""
    optional: bool = False
    pseudonym: bool = False
    attacker: Attacker | None = None

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of its values once they have been validated."""
        return ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Label:
    """Which column says the truth, and which of its values are positive (malicious) and negative."""

    column: str
    positive: tuple[Value, ...]
    negative: tuple[Value, ...]


@dataclass(frozen=True)
class Schema:
    """The columns of a table, its label, and what must stay together when it is split.

    >>> schema = Schema.from_dict({
    ...     "name": "sites",
    ...     "columns": [{"name": "dots", "type": "integer", "minimum": 0},
    ...                 {"name": "verdict", "type": "string", "role": "label"}],
    ...     "label": {"column": "verdict", "positive": "phishing", "negative": "benign"},
    ... })
    >>> schema.feature_names
    ('dots',)
    >>> table = pa.table({"dots": ["3", "-1", "x"], "verdict": ["phishing", "benign", "benign"]})
    >>> validated = schema.validate(table)
    >>> validated.table.num_rows, validated.refused.column("reason").to_pylist()
    (1, ['below the minimum 0', 'not an integer'])
    """

    name: str
    columns: tuple[Column, ...]
    label: Label | None = None
    group_by: str = "features"
    description: str = field(default="", compare=False)
    time: str | None = None
    report_by: tuple[str, ...] = ()
    windows: Windows | None = None
    combined: tuple[Combined, ...] = ()
    relations: tuple[Relation, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Schema":
        """The schema in the features file at ``path``; ``SchemaError`` names what is wrong in it."""
        from garrison.data.features_file import read_features_file

        return read_features_file(path)

    @classmethod
    def from_dict(cls, facts: dict[str, Any], *, where: str = "") -> "Schema":
        """The schema in a dict shaped as a features file; ``where`` names its origin in errors."""
        from garrison.data.features_file import schema_from_dict

        return schema_from_dict(facts, where=where)

    def to_dict(self) -> dict[str, Any]:
        """The schema as a dict shaped as a features file; ``from_dict`` gives an equal one back."""
        from garrison.data.features_file import schema_to_dict

        return schema_to_dict(self)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, ignored ones included, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns a model may look at, in order."""
        return tuple(column.name for column in self.columns if column.role == "feature")

    @cached_property
    def features(self) -> tuple[Column, ...]:
        """The columns a model may look at, in order."""
        return tuple(column for column in self.columns if column.role == "feature")

    def kept(self, *, with_label: bool = True) -> tuple[Column, ...]:
        """The columns of a validated table, in order: not the ignored, and not the truth where it is unwanted."""
        dropped = {"ignore"} if with_label else {"ignore", "label", "attack"}
        return tuple(column for column in self.columns if column.role not in dropped)

    @property
    def window_names(self) -> tuple[str, ...]:
        """The columns of past behaviour; a table may have all of them beside its own, or none."""
        return self.windows.names if self.windows else ()

    def wanted(self, *, with_label: bool = True) -> frozenset[str]:
        """The names of the columns to be read from a file: those that are kept, and those of past behaviour."""
        return frozenset(column.name for column in self.kept(with_label=with_label)) | {*self.window_names}

    def column(self, name: str) -> Column:
        """The column called ``name``; ``SchemaError`` when there is none."""
        try:
            return self._by_name[name]
        except KeyError:
            raise SchemaError(
                f"no column is called {name!r}",
                where=f"schema {self.name!r}",
                expected="one of " + ", ".join(self.names),
            ) from None

    def arrow_schema(self, *, with_label: bool = True) -> pa.Schema:
        """The Arrow schema of a validated table."""
        return pa.schema([(column.name, column.arrow_type) for column in self.kept(with_label=with_label)])

    def validate(
        self, table: pa.Table | pa.RecordBatch, *, with_label: bool = True, rows: pa.Array | None = None
    ) -> "Validated":
        """Which rows are what the schema says, typed and in its order, and which are not, with reasons.

        Optional columns that are not there come back with every value missing; the columns of past behaviour, where
        all of them are there, come back behind the schema's own.

        ``rows`` (int64) are the numbers by which refused rows are named; without it they are named by their
        place in the table, the first being 1. A row stands either in ``table`` or, once, in ``refused``. A
        column that is missing, unexpected or there twice is a ``SchemaError``; ignored columns are dropped
        and may be missing, and so may the label and the attack's name where ``with_label`` is false.
        """
        from garrison.data.validate import validate

        return validate(self, table, with_label=with_label, rows=rows)

    def labels(self, table: pa.Table) -> NDArray[np.bool_]:
        """The truth, shape (n,) bool, true where a row is positive (malicious).

        ``SchemaError`` when the schema or the table has no label, when a value is neither positive nor
        negative, or when all rows are of one class.
        """
        from garrison.data.validate import labels

        return labels(self, table)

    def attack_names(self, table: pa.Table) -> NDArray[np.object_] | None:
        """The name of each row's kind of attack, shape (n,), "" for benign rows; None where nothing names it.

        Named by the column whose role is attack; where that says nothing, by the label itself if its positive side
        is ``"*"``. An attack without a name is called ``unnamed``.
        """
        from garrison.data.validate import attack_names

        return attack_names(self, table)
