"""JSON Lines: one object a line."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from garrison.data.sources.jsonlines import json_fault, json_object
from garrison.data.value_text import column_of
from garrison.serving.stream.formats.base import Decoded, Fault, Format


class JsonLines(Format):
    """One JSON object a line, its values single; a key that is not there is a missing value."""

    name = "jsonl"
    endings = (".jsonl", ".ndjson")

    def decode(self, lines: Sequence[bytes]) -> Decoded:
        """See ``Format.decode``."""
        places: list[int] = []
        records: list[dict[str, Any]] = []
        faults: list[Fault] = []
        known, counted = {*self.schema.names}, {*self.schema.window_names}
        for place, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                record = json_object(line)
            except (ValueError, RecursionError) as error:
                faults.append(Fault(place, json_fault(error)))
                continue
            # A flat object has one brace and no bracket, unless they stand in a text.
            flat = b"[" not in line and line.count(b"{") == 1 and record.keys() <= known
            fault = "" if flat else _fault(record, known, counted)
            if fault:
                faults.append(Fault(place, fault))
            else:
                places.append(place)
                records.append(record)
        names = [column.name for column in self.schema.kept(with_label=False)]
        columns = [column_of([record.get(name) for record in records]) for name in names]
        return Decoded(pa.array(places, pa.int64()), pa.RecordBatch.from_arrays(columns, names), faults)


def _fault(record: dict[str, Any], known: set[str], counted: set[str]) -> str:
    for name, value in record.items():
        if name not in known:
            what = "past behaviour, which a stream counts itself" if name in counted else "unexpected key"
            return f"{name[:100]}: {what}"
        if isinstance(value, (dict, list)):
            return f"{name}: a nested value"
    return ""
