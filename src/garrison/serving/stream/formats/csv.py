"""CSV with a header: one row a line."""

import csv
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from garrison.data.sources.csv import find_delimiter
from garrison.data.validate import check_columns
from garrison.errors import SchemaError
from garrison.serving.stream.formats.base import Decoded, Fault, Format, one_record


class Csv(Format):
    """Delimited cells under a header, which every file has anew; a quoted cell has no line break in it.

    An empty cell without quotes is a missing value. ``SchemaError`` when the header is not that of the schema.
    """

    name = "csv"
    endings = (".csv", ".tsv", ".txt")

    _names: tuple[str, ...] = ()
    _delimiter = ","

    def begin(self) -> None:
        """The next line is a header."""
        self._names = ()

    def prime(self, head: Sequence[bytes]) -> None:
        """Take the header from the first line that is not empty."""
        self.decode([line for line in head if line.strip()][:1])

    def state(self) -> dict[str, Any]:
        """The header."""
        return {"names": list(self._names), "delimiter": self._delimiter}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on under the header of ``state``."""
        self._names = tuple(map(str, state["names"]))
        self._delimiter = str(state["delimiter"])

    def decode(self, lines: Sequence[bytes]) -> Decoded:
        """See ``Format.decode``."""
        places: list[int] = []
        rows: list[list[str | None]] = []
        faults: list[Fault] = []
        for place, line in enumerate(lines):
            whole = line.removesuffix(b"\r")
            if not whole.strip():
                continue
            try:
                row = whole.decode()
                if not self._names:
                    self._header(row)
                    continue
                cells = self._cells(row)
            except UnicodeDecodeError:
                faults.append(Fault(place, "not valid UTF-8"))
                continue
            except csv.Error as error:
                faults.append(Fault(place, f"not a row of CSV: {error}"))
                continue
            if len(cells) == len(self._names):
                places.append(place)
                rows.append(cells)
            else:
                faults.append(Fault(place, f"{len(cells)} cells instead of {len(self._names)}"))
        kept = self.schema.kept(with_label=False)
        columns = zip(*rows, strict=True) if rows else [()] * len(self._names)
        by_name = dict(zip(self._names, columns, strict=True))
        arrays = [pa.array(by_name.get(column.name, [None] * len(rows)), pa.string()) for column in kept]
        names = [column.name for column in kept]
        return Decoded(pa.array(places, pa.int64()), pa.RecordBatch.from_arrays(arrays, names), faults)

    def _header(self, row: str) -> None:
        self._delimiter = find_delimiter(row.lstrip("\ufeff") + "\n", wanted=self.schema.names)
        names = tuple(name.strip() for name in one_record(row.lstrip("\ufeff"), self._delimiter))
        check_columns(self.schema, names, with_label=False, where=self.where)
        counted = [name for name in names if name in self.schema.window_names]
        if counted:
            raise SchemaError(
                f"the file has columns of past behaviour: {', '.join(map(repr, counted[:10]))}",
                where=self.where,
                expected="events as they happen: a stream counts the past itself",
                remedy="leave those columns out",
            )
        self._names = names

    def _cells(self, row: str) -> list[str | None]:
        if '"' not in row:
            return [cell or None for cell in row.split(self._delimiter)]
        cells = one_record(row, self._delimiter)
        return [cell or None for cell in cells]
