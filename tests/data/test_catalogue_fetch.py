"""Downloads against a local server that fails, stalls, truncates and lies."""

import fcntl
import hashlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from garrison.data.catalogue import DataFile, Patience
from garrison.data.catalogue.fetch import download
from garrison.errors import DatasetError, OutputError

CONTENT = bytes(range(256)) * 1200
QUICK = Patience(connect_s=2.0, read_s=0.4, total_s=20.0, tries=2, pause_s=0.0)


@dataclass
class Mirrors:
    """A server with one path a vice, and what it was asked."""

    address: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def file(self, *paths: str, size: int = len(CONTENT)) -> DataFile:
        digest = hashlib.sha256(CONTENT).hexdigest()
        return DataFile("some/data.bin", digest, size, tuple(f"{self.address}/{path}" for path in paths))

    def ranges(self) -> list[str]:
        return [headers.get("Range", "") for _, headers in self.asked]


class Handler(BaseHTTPRequestHandler):
    mirrors: Mirrors

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output quiet."""

    def head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def whole(self, content: bytes = CONTENT, **headers: str) -> None:
        self.head(200, len(content), **headers)
        self.wfile.write(content)

    def start(self) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(asked.group(1)) if asked else 0

    def rest(self, content: bytes = CONTENT, *, tag: str = "one") -> None:
        start = self.start()
        if not start or self.headers.get("If-Range", f'"{tag}"') != f'"{tag}"':
            self.whole(content, ETag=f'"{tag}"')
            return
        tail = content[start:]
        self.head(
            206, len(tail), Content_Range=f"bytes {start}-{len(content) - 1}/{len(content)}", ETag=f'"{tag}"'
        )
        self.wfile.write(tail)

    def do_GET(self) -> None:
        path = self.path.strip("/")
        self.mirrors.asked.append((path, dict(self.headers)))
        self.close_connection = True
        getattr(self, f"serve_{path}")()

    def serve_good(self) -> None:
        self.rest()

    def serve_fails(self) -> None:
        self.head(500, 0)

    def serve_missing(self) -> None:
        self.head(404, 0)

    def serve_stalls(self) -> None:
        self.head(200, len(CONTENT), ETag='"one"')
        self.wfile.write(CONTENT[:100_000])
        self.wfile.flush()
        self.mirrors.released.wait(10)

    def serve_drips(self) -> None:
        self.head(200, len(CONTENT))
        for byte in CONTENT[:400]:
            if self.mirrors.released.wait(0.05):
                return
            try:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            except OSError:
                return

    def serve_truncates(self) -> None:
        start = self.start()
        if start:
            self.rest()
            return
        self.head(200, len(CONTENT), ETag='"one"')
        self.wfile.write(CONTENT[:70_000])

    def serve_short(self) -> None:
        self.whole(CONTENT[:70_000])

    def serve_lies(self) -> None:
        self.whole(bytes(len(CONTENT)))

    def serve_more(self) -> None:
        self.whole(CONTENT + b"!")

    def serve_no_range(self) -> None:
        self.whole()

    def serve_other_range(self) -> None:
        if self.start():
            self.head(206, 10, Content_Range=f"bytes 0-9/{len(CONTENT)}")
            self.wfile.write(CONTENT[:10])
        else:
            self.head(200, len(CONTENT))
            self.wfile.write(CONTENT[:50_000])

    def serve_no_more(self) -> None:
        if self.start():
            self.head(416, 0)
        else:
            self.whole()

    def serve_changed(self) -> None:
        self.rest(tag="two")

    def serve_encodes(self) -> None:
        self.whole(CONTENT, Content_Encoding="gzip")

    def serve_moves(self) -> None:
        self.head(302, 0, Location="/good")

    def serve_circles(self) -> None:
        self.head(302, 0, Location="/circles")


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    monkeypatch.delenv("GARRISON_OFFLINE", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    state = Mirrors()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"mirrors": state}))
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    state.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def test_a_good_mirror_gives_the_file(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "data.bin"
    assert download(mirrors.file("good"), target, patience=QUICK) == target
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["data.bin"]
    assert mirrors.asked[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "bad", ["fails", "missing", "stalls", "short", "lies", "more", "encodes", "circles", "other_range"]
)
def test_a_bad_mirror_gives_way_to_the_next(mirrors: Mirrors, tmp_path: Path, bad: str) -> None:
    target = tmp_path / "data.bin"
    download(mirrors.file(bad, "good"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["data.bin"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("fails", "500"),
        ("missing", "404"),
        ("stalls", "timed out"),
        ("short", "70,000 of 307,200"),
        ("lies", "SHA-256"),
        ("more", "more than 307,200 bytes"),
        ("encodes", "encoding"),
        ("circles", "redirects"),
    ],
)
def test_a_bad_mirror_alone_is_an_error_that_says_why(
    mirrors: Mirrors, tmp_path: Path, bad: str, reason: str
) -> None:
    target = tmp_path / "data.bin"
    with pytest.raises(DatasetError) as caught:
        download(mirrors.file(bad), target, patience=QUICK)
    assert reason in caught.value.where
    assert f"{mirrors.address}/{bad}" in caught.value.where
    assert not target.exists()


def test_a_drip_ends_at_the_time_limit(mirrors: Mirrors, tmp_path: Path) -> None:
    slow = Patience(connect_s=2.0, read_s=5.0, total_s=0.3, tries=1, pause_s=0.0)
    with pytest.raises(DatasetError) as caught:
        download(mirrors.file("drips"), tmp_path / "data.bin", patience=slow)
    assert "too long" in caught.value.where


def test_a_broken_download_goes_on_where_it_broke(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "data.bin"
    download(mirrors.file("truncates"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert mirrors.ranges() == ["", "bytes=70000-"]
    assert mirrors.asked[1][1]["If-Range"] == '"one"'


def test_what_arrived_is_kept_for_the_next_call_and_another_mirror(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "data.bin"
    once = Patience(connect_s=2.0, read_s=0.4, total_s=20.0, tries=1, pause_s=0.0)
    with pytest.raises(DatasetError):
        download(mirrors.file("truncates"), target, patience=once)
    assert part_of(target).read_bytes() == CONTENT[:70_000]
    download(mirrors.file("good"), target, patience=once)
    assert target.read_bytes() == CONTENT
    assert mirrors.asked[1][1]["Range"] == "bytes=70000-"
    assert "If-Range" not in mirrors.asked[1][1]


@pytest.mark.parametrize("way", ["no_range", "no_more", "changed"])
def test_a_mirror_that_cannot_go_on_begins_again(mirrors: Mirrors, tmp_path: Path, way: str) -> None:
    target = tmp_path / "data.bin"
    part_of(target).write_bytes(CONTENT[:1000])
    part_of(target).with_name(".data.bin.part.json").write_text(
        '{"mirror": "' + mirrors.address + '/changed", "validator": "\\"one\\""}'
    )
    download(mirrors.file(way), target, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert mirrors.ranges()[0] == "bytes=1000-"


def test_a_wrong_part_is_thrown_away_and_fetched_anew(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "data.bin"
    part_of(target).write_bytes(b"x" * 5000)
    download(mirrors.file("good"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert mirrors.ranges() == ["bytes=5000-", ""]


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 9])
def test_a_wrong_whole_part_is_not_believed(mirrors: Mirrors, tmp_path: Path, size: int) -> None:
    target = tmp_path / "data.bin"
    part_of(target).write_bytes(bytes(size))
    download(mirrors.file("good"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT


def test_a_right_whole_part_needs_no_mirror(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "data.bin"
    part_of(target).write_bytes(CONTENT)
    download(mirrors.file("fails"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert mirrors.asked == []


@pytest.mark.parametrize("note", ["", "[]", "{", '{"mirror": 3}', "\x00"])
def test_a_broken_note_beside_the_part_is_ignored(mirrors: Mirrors, tmp_path: Path, note: str) -> None:
    target = tmp_path / "data.bin"
    part_of(target).write_bytes(CONTENT[:1000])
    part_of(target).with_name(".data.bin.part.json").write_text(note)
    download(mirrors.file("good"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT


def test_a_redirect_is_followed(mirrors: Mirrors, tmp_path: Path) -> None:
    download(mirrors.file("moves"), tmp_path / "data.bin", patience=QUICK)
    assert (tmp_path / "data.bin").read_bytes() == CONTENT


def test_a_mirror_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GARRISON_OFFLINE", raising=False)
    file = DataFile("a", "0" * 64, 1, ("http://127.0.0.1:1/a", "http://[broken/", "gopher://example.org/"))
    with pytest.raises(DatasetError) as caught:
        download(file, tmp_path / "a", patience=QUICK)
    for mirror in file.mirrors:
        assert mirror in caught.value.where


def test_offline_asks_nobody(mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_OFFLINE", "1")
    with pytest.raises(DatasetError, match="downloads are off"):
        download(mirrors.file("good"), tmp_path / "data.bin", patience=QUICK)
    assert mirrors.asked == []
    assert list(tmp_path.iterdir()) == []


def test_two_downloads_of_one_file_do_not_mix(mirrors: Mirrors, tmp_path: Path) -> None:
    target = tmp_path / "data.bin"
    with part_of(target).open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DatasetError, match="another process"):
            download(mirrors.file("good"), target, patience=QUICK)
    download(mirrors.file("good"), target, patience=QUICK)
    assert target.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_an_output_error(mirrors: Mirrors, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        download(mirrors.file("good"), tmp_path / "file" / "data.bin", patience=QUICK)


def test_the_pause_between_tries_is_kept(
    mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    patient = Patience(connect_s=2.0, read_s=0.4, total_s=20.0, tries=3, pause_s=7.0)
    with pytest.raises(DatasetError):
        download(mirrors.file("fails"), tmp_path / "data.bin", patience=patient)
    assert [pause for pause in pauses if pause == 7.0] == [7.0, 7.0]
    assert len(mirrors.asked) == 3
