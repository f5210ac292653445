"""Events as Arrow IPC, from somebody we do not know: bounded before they are decoded, checked before they are used.

A packed body can claim to unpack to any size, and a column of nothing to have any number of rows; Arrow would believe
both. So each message's head is looked at first (Message and RecordBatch of the Arrow columnar format,
"Serialization and Interprocess Communication"): packed buffers are refused, and rows counted before memory is taken.
Rows of a dictionary, or of views, can all name the same long text: how much text they are is counted before it is
written out.
"""

import struct

import pyarrow as pa

from garrison.data.text_bytes import text_bytes
from garrison.serving.http.problems import Refused

STREAM = "application/vnd.apache.arrow.stream"
FILE = "application/vnd.apache.arrow.file"

_MAGIC = b"ARROW1"
_DICTIONARY, _BATCH = 2, 3

MOST_TEXT = 1 << 26
"""Bytes of text that a body may unpack to, where it is not itself as large."""


def read_arrow(body: bytes, *, most_rows: int) -> pa.Table:
    """The table in an Arrow stream or file; ``Refused`` for anything else, and beyond ``most_rows`` rows."""
    try:
        # A file is a stream between its magic bytes and its footer.
        stream = pa.py_buffer(body)
        stream = stream.slice(8) if body.startswith(_MAGIC) else stream
        _check_heads(stream, most_rows)
        with pa.ipc.open_stream(stream) as reader:
            _check_types(reader.schema)
            table = reader.read_all()
        table.validate()
        _check_text(table, max(MOST_TEXT, len(body)))
        table.validate(full=True)  # reads every text
    except Refused:
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError, struct.error, IndexError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Refused(
            "bad-request",
            f"the body is no Arrow stream: {text}"[:300],
            expected=f"an Arrow IPC stream ({STREAM}) or file ({FILE}), not packed",
        ) from error
    return table


def _check_heads(stream: pa.Buffer, most_rows: int) -> None:
    rows = 0
    for message in pa.ipc.MessageReader.open_stream(stream):
        kind, length, packed = _head(message.metadata.to_pybytes())
        if packed:
            raise Refused(
                "wrong-media-type",
                "the Arrow buffers are packed",
                expected="an Arrow stream without compression",
            )
        if not 0 <= length <= most_rows:
            raise too_many_rows(length, most_rows)
        rows += length if kind == _BATCH else 0
        if rows > most_rows:
            raise too_many_rows(rows, most_rows)


def _head(message: bytes) -> tuple[int, int, bool]:
    """The kind of a message, how many rows it claims, and whether its buffers are packed."""
    table = _Table(message, struct.unpack_from("<I", message)[0])
    place = table.place(1)
    kind = message[place] if place else 0
    if kind not in (_DICTIONARY, _BATCH):
        return kind, 0, False
    batch = table.below(2)
    if kind == _DICTIONARY and batch is not None:
        batch = batch.below(1)
    if batch is None:
        return kind, 0, False
    length = batch.place(0)
    rows = struct.unpack_from("<q", message, length)[0] if length else 0
    return kind, rows, bool(batch.place(3))


class _Table:
    """A table of a FlatBuffer: a signed offset back to its table of fields, which holds their places."""

    def __init__(self, content: bytes, start: int) -> None:
        self.content = content
        self.start = start
        self.fields = start - struct.unpack_from("<i", content, start)[0]
        if not 0 <= self.fields < len(content):
            raise ValueError("a message's head leads out of it")
        self.size = struct.unpack_from("<H", content, self.fields)[0]

    def place(self, number: int) -> int:
        """Where the field lies; 0 where it is not there."""
        at = 4 + 2 * number
        if at + 2 > self.size:
            return 0
        offset = struct.unpack_from("<H", self.content, self.fields + at)[0]
        return self.start + offset if offset else 0

    def below(self, number: int) -> "_Table | None":
        """The table that the field points at."""
        place = self.place(number)
        return (
            _Table(self.content, place + struct.unpack_from("<I", self.content, place)[0]) if place else None
        )


def _check_types(schema: pa.Schema) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if (
            pa.types.is_nested(kind)
            or pa.types.is_dictionary(kind)
            or isinstance(kind, pa.BaseExtensionType)
            or pa.types.is_run_end_encoded(kind)
        ):
            raise Refused(
                "schema-error",
                f"the column {field.name!r} is of type {kind}"[:300],
                where=field.name[:200],
                expected="numbers, texts, truth values or timestamps",
                errors=[{"field": field.name[:200], "reason": f"of type {kind}"[:200]}],
            )


def _check_text(table: pa.Table, most: int) -> None:
    found = sum(text_bytes(chunk) for column in table.columns for chunk in column.chunks)
    if found > most:
        raise Refused(
            "too-large",
            f"the batch unpacks to {found:,} bytes of text",
            expected=f"{most:,} bytes at most",
            remedy="send fewer events at a time",
        )


def too_many_rows(rows: int, most: int) -> Refused:
    """What is said of a batch of too many events."""
    return Refused(
        "too-large",
        f"the batch has {rows:,} events or more",
        expected=f"{most:,} events at most",
        remedy="send fewer events at a time, or raise the limit (serving.most_batch_rows)",
    )
