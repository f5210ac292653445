"""Binary files under the name of a text file are refused for what they are, and texts never are."""

import random
import struct
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from garrison.data.sources import open_source
from garrison.errors import SchemaError, SourceError

TEXT = "port,host,bytes\n" + "443,città,15\n" * 200


def parquet(path: Path) -> bytes:
    pyarrow.parquet.write_table(pa.table({"port": [1]}), path / "x.parquet")
    return (path / "x.parquet").read_bytes()


def capture(path: Path) -> bytes:
    packet = struct.pack("<IIII", 1, 0, 40, 40) + bytes(range(40))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + packet * 20


BINARY = {
    "parquet": (parquet, "a Parquet file"),
    "packet capture": (capture, "a packet capture"),
    "zip": (lambda path: b"PK\x03\x04\x14\0" + b"some names.csv", "zip archive"),
    "database": (lambda path: b"SQLite format 3\0" + bytes(80), "SQLite"),
    "random bytes": (lambda path: random.Random(1).randbytes(4000), "binary data"),
    "squeezed text": (lambda path: zlib.compress(random.Random(1).randbytes(5000)), "binary data"),
    "mostly zeros": (lambda path: b"\x01\x02\x03" + bytes(500), "binary data"),
}


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
@pytest.mark.parametrize("case", BINARY)
def test_a_binary_file_is_refused_for_what_it_is(case: str, ending: str, tmp_path: Path) -> None:
    make, kind = BINARY[case]
    path = tmp_path / f"flows.{ending}"
    path.write_bytes(make(tmp_path))
    with pytest.raises(SourceError, match="the file is not text") as caught:
        list(open_source(path).read())
    assert kind in str(caught.value)
    assert not isinstance(caught.value, SchemaError)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_text_is_read_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert sum(batch.num_rows for batch in open_source(path).read()) == 200


def test_a_few_control_characters_are_still_text(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    path.write_bytes(b"port,host\n" + b"80,a\x02\x03b\n" + b"443,\x1b[1mbold\n" * 300)
    assert sum(batch.num_rows for batch in open_source(path).read()) == 301
