import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.sources.csv import find_delimiter
from garrison.data.sources.records import blocks, end_of_records, quoted_sections
from garrison.data.sources.text import find_encoding
from garrison.errors import SchemaError, SourceError

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "port", "type": "integer"},
            {"name": "rate", "type": "number"},
            {"name": "host", "type": "string", "nullable": True},
        ],
    }
)


class Refused(Quarantine):
    def __init__(self) -> None:
        super().__init__(None)
        self.rows: list[tuple[int, str]] = []
        self.contents: list[str] = []

    def refuse(self, source: str, row: int, reason: str, content: str) -> None:
        super().refuse(source, row, reason, content)
        self.rows.append((row, reason))
        self.contents.append(content)


def read(path: Path, content: bytes, **options: Any) -> tuple[list[dict[str, Any]], Refused]:
    path.write_bytes(content)
    refused = Refused()
    rows = [
        {"row": row} | values
        for part in open_source(path, **options).numbered(refused)
        for row, values in zip(part.rows.to_pylist(), part.batch.to_pylist(), strict=True)
    ]
    return rows, refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flows.csv"


HEAD = b"port,rate,host\n"


def test_bad_rows_are_refused_with_their_number_and_reason_and_the_others_kept(path: Path) -> None:
    body = [
        b"1,0.5,a",
        b"2,0.5",
        b"3,0.5,b,c",
        b"x,0.5,d",
        b"5,inf,e",
        b"6,0.5,f\0",
        b"7,0.5,\xff",
        b"8,\xff",
        b',0.5,"two\nlines"',
        b'10,0.5,"x\ny"',
        b"",
        b"11,0.5,",
    ]
    rows, refused = read(path, HEAD + b"\n".join(body), schema=SCHEMA, encoding="utf-8")
    assert [(row["row"], row["port"], row["host"]) for row in rows] == [
        (1, 1, "a"),
        (10, 10, "x\ny"),
        (11, 11, None),
    ]
    assert sorted(refused.rows) == [
        (2, "2 cells instead of 3"),
        (3, "4 cells instead of 3"),
        (4, "port: not an integer"),
        (5, "rate: infinite"),
        (6, "host: NUL byte"),
        (7, "host: not valid UTF-8"),
        (8, "2 cells instead of 3"),
        (9, "port: missing"),
    ]
    assert any('"d"' in content for content in refused.contents)


def test_without_a_quarantine_the_first_bad_row_is_a_source_error(path: Path) -> None:
    path.write_bytes(HEAD + b"1,0.5,a\n2,inf,b\n")
    with pytest.raises(SourceError, match="row 2 is refused: rate: infinite"):
        list(open_source(path, schema=SCHEMA).read())


ROW = st.tuples(
    st.sampled_from([b"1", b"x", b"", b"\xff"]), st.sampled_from([b"", b",0.5,a", b",1,a,b", b',1,"\n"'])
)


@given(st.lists(ROW, min_size=1, max_size=30))
def test_every_row_is_either_given_or_refused_by_its_number(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[bytes, bytes]]
) -> None:
    lines = [port + rest for port, rest in cells]
    path = tmp_path_factory.getbasetemp() / "every.csv"
    rows, refused = read(
        path, HEAD + b"\n".join(lines) + b"\n", schema=SCHEMA, batch_rows=7, encoding="utf-8"
    )
    expected = [(port, rest) for port, rest in cells if port + rest]
    good = [
        n for n, (port, rest) in enumerate(expected, 1) if port == b"1" and rest in (b",0.5,a", b',1,"\n"')
    ]
    assert [row["row"] for row in rows] == good
    numbers = [row for row, _ in refused.rows]
    assert sorted(numbers + good) == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"port,port,host\n", "there twice: 'port'"),
        (b"port,rate\n", "missing columns: 'host'"),
        (b"port,rate,host,x\n", "unexpected columns: 'x'"),
        (b"port,,host\n", "column 2 is empty"),
        (b"port,ra\0te,host\n", "column 2 holds a NUL byte"),
    ],
)
def test_a_wrong_header_is_a_schema_error(path: Path, head: bytes, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        read(path, head + b"1,2,3\n", schema=SCHEMA)
    assert caught.value.where == str(path)


def test_a_header_that_is_not_utf8_is_a_schema_error(path: Path) -> None:
    with pytest.raises(SchemaError, match="not valid UTF-8"):
        read(path, b"p\xff\n1\n", encoding="utf-8")


@pytest.mark.parametrize("content", [b"port,rate,host\n", b"port,rate,host", b"\n\nport,rate,host\n\n\n"])
def test_a_header_alone_gives_an_empty_batch_with_types(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    batches = list(open_source(path, schema=SCHEMA).read())
    assert [batch.num_rows for batch in batches] == [0]
    assert batches[0].schema == SCHEMA.arrow_schema()


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_file_without_a_header_is_a_source_error(path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match="empty"):
        read(path, content)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("host\ncafé\n".encode(), "utf-8"),
        ("host\ncafé\n".encode("utf-8-sig"), "utf-8"),
        ("host\ncafé\n".encode("utf-16"), "utf-16"),
        ("host\ncafé\n".encode("utf-16-le"), "utf-16-le"),
        ("host\ncafé\n".encode("utf-16-be"), "utf-16-be"),
        ("host\ncafé\n".encode("utf-32"), "utf-32"),
        ("host\ncafé\n".encode("latin-1"), "cp1252"),
        ("host\ncafé".encode("latin-1"), "cp1252"),
    ],
)
def test_the_encoding_is_found(path: Path, content: bytes, encoding: str) -> None:
    rows, _ = read(path, content)
    assert [row["host"] for row in rows] == ["café"]
    assert open_source(path).encoding == encoding


def test_the_encoding_can_be_given(path: Path) -> None:
    rows, _ = read(path, "host\nпривет\n".encode("cp1251"), encoding="windows-1251")
    assert rows[0]["host"] == "привет"
    for wrong in ("klingon", "hex", "rot13", "a\0"):
        with pytest.raises(SourceError, match="unknown encoding"):
            open_source(path, encoding=wrong)
    with pytest.raises(SourceError, match="not utf-16 near byte"):
        read(path, b"\xff\xfeh\0\n\0\0\xd8a\0\n\0", encoding="utf-16")


def test_in_a_file_of_mixed_encodings_the_rows_that_are_not_utf8_are_refused(path: Path) -> None:
    lines = "host\ncafé\nthé\nrosé\n".encode() + "pâté\n".encode("latin-1")
    rows, refused = read(path, lines)
    assert [row["host"] for row in rows] == ["café", "thé", "rosé"]
    assert refused.rows == [(4, "host: not valid UTF-8")]


def test_bytes_beyond_the_single_byte_encodings_are_latin_1() -> None:
    assert find_encoding(b"a\x81\n\xe9") == "latin-1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(path: Path, delimiter: str) -> None:
    content = 'port|rate|host\n1|0.5|"a,b;c"\n2|0.5|x\n'.replace("|", delimiter).encode()
    rows, _ = read(path, content)
    assert [row["port"] for row in rows] == [1, 2]
    assert open_source(path).delimiter == delimiter


def test_the_delimiter_that_gives_the_names_of_the_schema_is_taken() -> None:
    assert find_delimiter("a,b;c,d\n1,2;3,4\n", wanted=("a,b", "c,d")) == ";"
    assert find_delimiter("host\na,b\n") == ","


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "é", "\0"])
def test_a_delimiter_that_cannot_be_is_a_source_error(path: Path, delimiter: str) -> None:
    path.write_bytes(HEAD)
    with pytest.raises(SourceError, match="cannot be a delimiter"):
        open_source(path, delimiter=delimiter)


def test_a_quote_that_never_closes_is_a_source_error(path: Path) -> None:
    with pytest.raises(SourceError, match="never closes"):
        read(path, HEAD + b'1,0.5,a\n2,0.5,"b\n3,0.5,c\n', schema=SCHEMA)


def test_a_quote_inside_a_bare_cell_is_text(path: Path) -> None:
    rows, _ = read(path, b'port,host\n1,5" disk\n2,"a"b\n')
    assert [row["host"] for row in rows] == ['5" disk', "ab"]


def test_old_mac_line_ends_are_read(path: Path) -> None:
    rows, _ = read(path, b"port,host\r1,a\r2,b\r")
    assert [row["port"] for row in rows] == [1, 2]


def test_a_line_of_100_mb_is_a_source_error_in_bounded_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEAD + b"1,0.5,a\n2,0.5,")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n3,0.5,b\n")
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="a line is longer than 10,000,000 bytes"):
            list(open_source(path, schema=SCHEMA).read(Quarantine(None)))
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_a_row_of_many_blocks_is_numbered_on(path: Path) -> None:
    lines = [b"%d,0.5,%s" % (number, b"h" * 90) for number in range(1, 60_001)]
    lines[50_000] = b"x"
    rows, refused = read(path, HEAD + b"\n".join(lines), schema=SCHEMA)
    assert refused.rows == [(50_001, "1 cells instead of 3")]
    assert all(row["row"] == row["port"] for row in rows)
    assert len(rows) == 59_999


def test_types_are_inferred_from_the_first_batch_and_hold(path: Path) -> None:
    rows, refused = read(path, b"port,when,note\n1,2020-01-01,\n2,2020-01-02,x\n")
    assert rows[1]["port"] == 2
    assert rows[0]["note"] is None
    assert str(rows[0]["when"]) == "2020-01-01 00:00:00+00:00"
    assert not refused.count


def test_white_space_is_trimmed_only_when_asked(path: Path) -> None:
    path.write_bytes(b"port,rate,host\n 1 ,0.5, a \n2,0.5,  \n")
    source = open_source(path, schema=SCHEMA)
    assert [row["host"] for batch in source.read() for row in batch.to_pylist()] == [" a ", "  "]
    trimmed = [row for part in source.numbered(trim=True) for row in part.batch.to_pylist()]
    assert [(row["port"], row["host"]) for row in trimmed] == [(1, "a"), (2, None)]


PIECES = st.lists(st.sampled_from([b"a", b'"', b",", b"\n"]), max_size=60).map(b"".join)


@given(PIECES, st.integers(1, 9))
def test_blocks_are_the_stream_cut_at_the_ends_of_records(stream: bytes, size: int) -> None:
    def chunks() -> Iterator[bytes]:
        for at in range(0, len(stream), size):
            yield stream[at : at + size]

    quoted = quoted_sections(",")
    found = list(blocks(chunks(), newline=b"\n", quoted=quoted))
    assert b"".join(block.data for block in found) == stream
    end, opened = end_of_records(stream, b"\n", quoted)
    place = 0
    for block in found:
        assert block.start == place
        place += len(block.data)
        assert place == len(stream) or end_of_records(stream[:place], b"\n", quoted) == (place, False)
    assert end <= len(stream)
    assert opened == any(block.fault == "open quote" for block in found)


@given(PIECES)
@example(b'a,"b\n""c"\n"d')
@example(b'"a"\na"\n"b\n')
def test_quotes_in_turn_are_counted_and_others_looked_for(stream: bytes) -> None:
    quoted = quoted_sections(",")
    sections = list(quoted.pattern.finditer(stream))
    outside = [
        place + 1
        for place in range(len(stream))
        if stream[place : place + 1] == b"\n"
        and not any(one.start() <= place < one.end() for one in sections)
    ]
    end = max(outside, default=0)
    assert end_of_records(stream, b"\n", quoted) == (end, any(one[1] is None for one in sections))
