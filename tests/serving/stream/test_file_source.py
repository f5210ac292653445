"""A file that grows is read whole, in order, and once: through rotation, truncation and a break."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from garrison.errors import SourceError
from garrison.serving.stream.sources.file import FileSource
from garrison.serving.stream.sources.lines import KEPT, LONGEST, Lines
from garrison.serving.stream.sources.rotation import rotated
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position

Begin = Callable[..., "Reader"]


class Reader:
    """A source, and all that it gave."""

    def __init__(self, path: Path, position: Position | None = None, **options: bool) -> None:
        self.said: list[str] = []
        self.source = FileSource(path, stop=Stop(), say=self.said.append, **options)
        self.position = self.source.open(position)
        self.lines: list[bytes] = []
        self.names: list[str] = []
        self.begins: list[bytes] = []
        self.refused: list[str] = []

    def read(self, count: int = 0, *, most: int = 1_000) -> list[bytes]:
        """The next lines, until there were ``count`` of them, or for a while."""
        found: list[bytes] = []
        quiet = 0
        while (len(found) < count or not count) and quiet < (60 if count else 1) and not self.source.ended:
            taken = self.source.take(most, 0.01)
            if taken is None:
                quiet += 1
                continue
            if taken.begins:
                self.begins.append(taken.lines[0] if taken.lines else b"")
            found += taken.lines
            self.names += taken.ids
            self.refused += [each.reason for each in taken.refused]
            self.position = taken.position
        self.lines += found
        return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flows.jsonl"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.serving.stream.sources.base.IDLE_S", 0.15)
    monkeypatch.setattr("garrison.serving.stream.sources.file.GRACE_S", 0.05)


@pytest.fixture
def begin(path: Path) -> Iterator[Begin]:
    readers: list[Reader] = []

    def make(position: Position | None = None, **options: bool) -> Reader:
        readers.append(Reader(path, position, **options))
        return readers[-1]

    yield make
    for reader in readers:
        reader.source.close()


def add(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + end)


def test_lines_come_as_they_are_written_and_only_whole(path: Path, begin: Begin) -> None:
    reader = begin()
    assert reader.read() == [], "a file that is not there is waited for"
    add(path, "one", "tw", end="")
    assert reader.read() == [b"one"]
    add(path, "o", "three")
    assert reader.read() == [b"two", b"three"]
    assert reader.source.behind() == "0 bytes"
    assert len(set(reader.names)) == 3


def test_a_break_goes_on_behind_the_last_line_with_the_same_names(path: Path, begin: Begin) -> None:
    add(path, *map(str, range(100)))
    whole = begin()
    whole.read()
    first = begin()
    first.read(30, most=30)
    second = begin(first.position)
    second.read()
    assert first.lines + second.lines == whole.lines
    assert first.names + second.names == whole.names
    assert whole.begins == first.begins == [b"0"]
    assert second.begins == []


def test_rotation_is_followed_and_the_rest_of_the_old_file_read(path: Path, begin: Begin) -> None:
    add(path, "a", "b")
    reader = begin()
    reader.read(2)
    old = path.rename(path.with_name("flows.jsonl.1"))
    add(path, "d")
    add(old, "c")  # the writer did not know yet
    assert reader.read(2) == [b"c", b"d"]
    assert reader.begins == [b"a", b"d"]
    assert len(set(reader.names)) == 4


def test_several_rotations_during_a_break_are_read_in_order(path: Path, begin: Begin) -> None:
    add(path, "a", "b")
    reader = begin()
    reader.read(1, most=1)
    for number, line in ((2, "c"), (1, "d")):
        path.rename(path.with_name(f"flows.jsonl.{number}"))
        os.utime(path.with_name(f"flows.jsonl.{number}"), ns=(0, (10 - number) * 10**9))
        add(path, line)
    (path.parent / "flows.jsonl.bak").write_text("no part of it\n")
    (path.parent / "flows.jsonl.3.gz").write_bytes(b"packed")
    again = begin(reader.position)
    assert again.read(3) == [b"b", b"c", b"d"]
    assert again.said == []


def test_a_file_that_is_gone_for_good_is_told(path: Path, begin: Begin) -> None:
    add(path, "a")
    reader = begin()
    reader.read(1)
    path.unlink()
    add(path, "b" * 30)
    again = begin(reader.position)
    assert again.read(1) == [b"b" * 30]
    assert "is not there any more" in again.said[0]


@pytest.mark.parametrize("content", ["z\n", "zz\nyyy\nxxxx\n"])
def test_a_file_that_was_cut_is_read_from_its_beginning(path: Path, begin: Begin, content: str) -> None:
    add(path, "aa", "b")
    reader = begin()
    reader.read(2)
    path.write_text(content)
    assert reader.read(content.count("\n")) == content.encode().split(b"\n")[:-1]
    assert "was cut" in reader.said[0]
    again = begin(reader.position)
    assert again.read() == []
    assert again.said == []
    assert len(set(reader.names)) == len(reader.names), "the same bytes, and yet other lines"


def test_a_file_that_was_cut_and_grew_during_a_break(path: Path, begin: Begin) -> None:
    add(path, "aa", "b")
    reader = begin()
    reader.read(2)
    path.write_text("other\nlines\nthan before\n")
    again = begin(reader.position)
    assert again.read(3) == [b"other", b"lines", b"than before"]
    assert again.said


def test_only_what_is_written_from_now_on(path: Path, begin: Begin) -> None:
    add(path, "header", "old")
    reader = begin(from_end=True)
    assert reader.source.head() == [b"header", b"old"]
    add(path, "new")
    again = begin(reader.position, from_end=True)
    assert again.read(1) == [b"new"], "a break before the first line loses none"


def test_to_the_end_of_what_is_there(path: Path, begin: Begin) -> None:
    add(path, "a", "b", end="")
    reader = begin(until_end=True)
    assert reader.read(5) == [b"a", b"b"]
    assert reader.source.ended


def test_to_the_end_of_nothing_is_an_error(path: Path, begin: Begin) -> None:
    with pytest.raises(SourceError, match="No such file"):
        begin(until_end=True).read(1)


def test_what_is_no_file_is_refused(path: Path, begin: Begin) -> None:
    path.mkdir()
    with pytest.raises(SourceError, match="not a plain file"):
        begin()
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(SourceError, match="not a plain file"):
        begin()


def test_a_line_that_is_too_long_is_refused_and_the_next_ones_read(path: Path, begin: Begin) -> None:
    add(path, "a", "x" * (LONGEST + 1), "b")
    reader = begin()
    assert reader.read(2) == [b"a", b"b"]
    assert reader.refused == [f"a line of over {LONGEST:,} bytes"]


def test_a_batch_of_long_lines_is_a_short_one(
    path: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("garrison.serving.stream.sources.base.MOST_BYTES", 300_000)
    add(path, *("x" * 50_000 for _ in range(20)))
    taken = begin().source.take(1_000, 1.0)
    assert taken is not None
    assert 6 <= taken.count <= 8


@pytest.mark.parametrize("size", [1, 7, 100, 65_536])
def test_lines_are_the_same_from_pieces_of_any_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.serving.stream.sources.lines.LONGEST", 50)
    monkeypatch.setattr("garrison.serving.stream.sources.lines.KEPT", 10)
    content = b"one\n\n" + b"x" * 51 + b"\n" + b"y" * 50 + b"\n" + b"z" * 300 + b"\nlast"
    lines = Lines(5)
    for start in range(0, len(content), size):
        lines.feed(content[start : start + size])
    lines.finish()
    found = lines.give(100)
    assert [line.too_long for line in found] == [False, False, True, False, True, False]
    assert [line.content for line in found] == [b"one", b"", b"x" * 10, b"y" * 50, b"z" * 10, b"last"]
    places = [(line.begin - 5, line.end - 5) for line in found]
    assert [content[begin:end].rstrip(b"\n") for begin, end in places] == content.split(b"\n")
    assert KEPT == 4096


def test_rotated_names(path: Path) -> None:
    for name in (
        "flows.jsonl.1",
        "flows.jsonl-20260102",
        "flows.jsonl.2026-01-02T03:04",
        "flows.jsonl.old",
        "x",
    ):
        (path.parent / name).write_text("")
    assert {each.name for each in rotated(path)} == {
        "flows.jsonl.1",
        "flows.jsonl-20260102",
        "flows.jsonl.2026-01-02T03:04",
    }
