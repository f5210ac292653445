"""What every source does: give batches of typed rows that know their number in the file."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.batches import one_batch
from garrison.data.casting import plain, what_is_read
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.row_texts import row_texts
from garrison.data.schema import Schema
from garrison.data.sources.address_columns import address_columns
from garrison.data.sources.infer import infer_schema
from garrison.errors import SourceError, UsageError
from garrison.files import sha256_of

Refuse = Callable[[int, str, str], None]
"""Sets a row aside by number, reason and content; ``SourceError`` where there is no quarantine."""


@dataclass(frozen=True)
class Numbered:
    """Rows and, int64 and rising, their numbers in the file, the first data row being 1."""

    rows: pa.Array
    batch: pa.RecordBatch


class Reading(TypedDict, total=False):
    """What every source can be told, whatever its format."""

    schema: Schema | None
    with_label: bool
    batch_rows: int
    pseudonyms: Pseudonyms | None


class Source(ABC):
    """A file that yields its rows as Arrow batches, with memory bounded by a batch.

    With a schema the rows are what it says, in its order, without ignored columns; the others are refused.
    Without one the types are inferred from the first batch and hold for the rest, and a column whose name is known for
    addresses, or whose every value is one, is taken to hold addresses.

    ``pseudonyms`` replaces the addresses in the columns that the schema calls pseudonyms, or that the source knows
    to be addresses, before anything else is done with them: no row that is given, and none that is refused, holds
    one. ``left_out`` counts what the file holds besides rows, by what it is.
    """

    format: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()
    """The endings by which a file's name tells the format."""
    choices: ClassVar[tuple[str, ...]] = ()
    """What can be chosen beside what every source can be told: encoding, delimiter, timeouts."""
    addresses: ClassVar[tuple[str, ...]] = ()
    """Columns that are known to hold addresses, whatever the schema says."""

    def __init__(
        self,
        path: Path,
        *,
        schema: Schema | None = None,
        with_label: bool = True,
        batch_rows: int = 65_536,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        if batch_rows < 1:
            raise UsageError(f"batches of {batch_rows} rows", expected="at least one row a batch")
        self.path = path
        self.schema = schema
        self.with_label = with_label
        self.batch_rows = batch_rows
        self.pseudonyms = pseudonyms
        self.left_out: Counter[str] = Counter()
        self.encoding = ""
        self.delimiter = ""
        self._known = schema

    @classmethod
    def begins_so(cls, start: bytes) -> bool:  # noqa: ARG003 (most formats are told by the ending alone)
        """Whether a log that begins with these bytes is of this format."""
        return False

    @property
    def name(self) -> str:
        """The file's name, by which its rows are named in a quarantine."""
        return self.path.name

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file's bytes, as 64 hexadecimal digits."""
        return sha256_of(self.path)

    def read(self, quarantine: Quarantine | None = None) -> Iterator[pa.RecordBatch]:
        """The rows, at least one batch, at most ``batch_rows`` a batch.

        Refused rows go to ``quarantine`` with their number and the reason; without one, the first is a
        ``SourceError``. A file that cannot be read as what it claims to be is a ``SourceError``, one with
        wrong columns a ``SchemaError``.
        """
        for part in self.numbered(quarantine):
            yield part.batch

    def numbered(self, quarantine: Quarantine | None = None, *, trim: bool = False) -> Iterator[Numbered]:
        """As ``read``, with the rows' numbers; ``trim`` removes white space around text, and empty text."""
        refuse = self._refusal(quarantine)
        self._known = schema = self.schema
        named = self._declared
        self._check_key(named)
        self.left_out.clear()
        for raw in self._raw(refuse):
            names = raw.batch.schema.names
            if self._undescribed:
                named |= address_columns(raw.batch)
                self._check_key(named)
            columns = [
                self.pseudonyms.of(column) if self.pseudonyms and name in named else plain(column)
                for name, column in zip(names, raw.batch.columns, strict=True)
            ]
            if schema is None:
                self._known = schema = self._inferred(pa.RecordBatch.from_arrays(columns, names))
            if trim:
                wanted = {column.name for column in schema.columns if column.type == "string"}
                columns = [
                    _trimmed(column) if name in wanted else column
                    for name, column in zip(names, columns, strict=True)
                ]
            typed = Numbered(raw.rows, pa.RecordBatch.from_arrays(columns, names))
            yield self._validated(typed, schema, refuse, named)

    @property
    def needs_pseudonyms(self) -> bool:
        """Whether there are addresses in it that have to be replaced; without a schema its first rows are read."""
        return bool(self._declared or (self._undescribed and self._first_addresses))

    @property
    def _declared(self) -> set[str]:
        """The columns that the schema calls pseudonyms, or that the source knows to be addresses."""
        columns = self.schema.columns if self.schema else ()
        return {*self.addresses, *(column.name for column in columns if column.pseudonym)}

    @property
    def _undescribed(self) -> bool:
        """Whether only the rows themselves can tell which columns hold addresses."""
        return self.schema is None and not self.addresses

    @cached_property
    def _first_addresses(self) -> set[str]:
        first = next(self._raw(_pass_over), None)
        return set() if first is None else address_columns(first.batch)

    def _check_key(self, named: set[str]) -> None:
        if named and self.pseudonyms is None:
            raise UsageError(
                "there are addresses in it, and no key for their pseudonyms",
                where=f"{self.path}: {', '.join(sorted(named))}",
                expected="pseudonyms=Pseudonyms(key): addresses are never kept as they are",
                remedy="garrison.data.pseudonym_key.read_key(path) reads a key, or makes one",
            )

    def _inferred(self, batch: pa.RecordBatch) -> Schema:
        """The schema of a file for which none was given, from its first batch."""
        return infer_schema(batch, name=self.name)

    @abstractmethod
    def _raw(self, refuse: Refuse) -> Iterator[Numbered]:
        """The rows as the file has them, at least one batch; those that are no rows go to ``refuse``."""

    def _validated(self, raw: Numbered, schema: Schema, refuse: Refuse, named: set[str]) -> Numbered:
        validated = schema.validate(raw.batch, with_label=self.with_label, rows=raw.rows)
        rows = raw.rows
        if validated.refused.num_rows:
            numbers = validated.refused.column("row").combine_chunks()
            bad = pc.is_in(rows, value_set=numbers)
            contents = row_texts(self._shown(raw.batch.filter(bad), named))
            faults = validated.refused.select(["column", "reason"]).to_pylist()
            for number, fault, content in zip(numbers.to_pylist(), faults, contents, strict=True):
                refuse(number, f"{fault['column']}: {fault['reason']}", content)
            rows = rows.filter(pc.invert(bad))
        return Numbered(rows, one_batch(validated.table))

    def _shown(self, batch: pa.RecordBatch, named: set[str]) -> pa.RecordBatch:
        """Rows as they may be kept in a quarantine."""
        for place, name in enumerate(batch.schema.names):
            if self.pseudonyms is not None and name in named:
                batch = batch.set_column(place, name, self.pseudonyms.shown(batch.column(place)))
        return batch

    def _refusal(self, quarantine: Quarantine | None) -> Refuse:
        hidden = self.pseudonyms.in_text if self.pseudonyms and self.needs_pseudonyms else str

        def refuse(row: int, reason: str, content: str) -> None:
            reason = hidden(reason)
            if quarantine is None:
                raise SourceError(
                    f"row {row:,} is refused: {reason}",
                    where=str(self.path),
                    expected=what_is_read(reason)
                    or "rows that are all good, or a quarantine for those that are not",
                    remedy="correct the row, or read with a quarantine",
                )
            quarantine.refuse(self.name, row, reason, hidden(content))

        return refuse


def _pass_over(row: int, reason: str, content: str) -> None:
    """A row that is refused when it is read in earnest."""


def row_numbers(first: int, count: int) -> pa.Array:
    """``count`` row numbers from ``first`` on."""
    return pa.array(np.arange(first, first + count, dtype=np.int64))


def _trimmed(values: pa.Array) -> pa.Array:
    if not pa.types.is_string(values.type):
        return values
    trimmed = pc.ascii_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
