"""Bytes and JSON values that are nearly right: what a damaged disk, an older version or an adversary hands over."""

import copy
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

SHARES = 1 << 16
"""Places are drawn as shares of the length, so that an edit falls into a long file as well as into a short one."""

INTEGERS = (
    *(0, 1, 2, 127, 128, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1),
    *(2**62, 2**63 - 1, 2**64 - 1),
)
SPELLED = (
    *(b"0", b"-1", b"1e999", b"-0.0", b"NaN", b"null", b"1" * 400, b"9223372036854775808", b"0x10", b"true"),
    *(
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\t",
        b",",
        b";",
        b'"',
        b"'",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\xff\xfe",
    ),
    *(b"\xef\xbb\xbf", b"\xed\xa0\x80", "İ٣é".encode(), b"[" * 2000, b'{"a":' * 500, b"]", b"}", b"{}"),
    *(b"[]", b"-", b"2026-02-30T25:61:61Z", b"9999-12-31T23:59:59.999999999+14:00", b"0001-01-01", b"::1"),
    *(b"256.1.1.1", b"#"),
)
"""What parsers are known to stumble over."""

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 10**400, 0.5, -0.0, 1e308, 5e-324),
    *(
        "",
        "0",
        "-1",
        "nan",
        "1e999",
        "\0",
        "\n",
        "..",
        "../x",
        "/",
        "a" * 5000,
        "é",
        "İ",
        "\ud800",
        "__class__",
    ),
    *([], [[]], [None], [0] * 3, {}, {"": None}, {"a": {"a": {}}}),
)
"""JSON values for the place of others; there is no NaN in JSON."""

Edit = tuple[str, int, int, Any]
"""What is done, where (as a share of the length), on how many bytes, with what."""


def edited(content: bytes, edit: Edit) -> bytes:
    """``content`` after one edit."""
    what, share, length, new = edit
    at = share * (len(content) + 1) // SHARES
    if what == "flip":
        at = min(at, len(content) - 1)
        return content[:at] + bytes([content[at] ^ 1 << length]) + content[at + 1 :] if content else b""
    if what == "cut off":
        return content[:at]
    if what == "drop":
        return content[:at] + content[at + length :]
    if what == "repeat":
        return content[:at] + content[at : at + length] * 2 + content[at + length :]
    if what == "move":
        rest = content[:at] + content[at + length :]
        to = new * (len(rest) + 1) // SHARES
        return rest[:to] + content[at : at + length] + rest[to:]
    put = bytes(new)
    return content[:at] + put + content[at + (0 if what == "insert" else len(put)) :]


def _packed(number: int, form: str) -> bytes:
    return struct.pack(form, number % (1 << 8 * struct.calcsize(form)))


_FORMS = st.sampled_from(["<B", "<H", ">H", "<I", ">I", "<Q", ">Q"])
_PLACES = st.integers(0, SHARES - 1)
_NEW = st.one_of(
    st.sampled_from(SPELLED),
    st.builds(_packed, st.sampled_from(INTEGERS), _FORMS),
    st.binary(min_size=1, max_size=6),
)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just("flip"), _PLACES, st.integers(0, 7), st.none()),
    st.tuples(st.just("cut off"), _PLACES, st.just(0), st.none()),
    st.tuples(st.sampled_from(["drop", "repeat"]), _PLACES, st.integers(1, 200), st.none()),
    st.tuples(st.just("move"), _PLACES, st.integers(1, 200), _PLACES),
    st.tuples(st.sampled_from(["insert", "overwrite"]), _PLACES, st.just(0), _NEW),
)


class Damaged(bytes):
    """Bytes that are shown by their beginning and their length alone."""

    def __repr__(self) -> str:
        return f"{bytes(self[:60])!r}… of {len(self):,} bytes" if len(self) > 200 else super().__repr__()


def damaged(content: bytes, *, most: int = 5) -> st.SearchStrategy[Damaged]:
    """``content`` after one to ``most`` edits."""

    def apply(edits: list[Edit]) -> Damaged:
        found = content
        for edit in edits:
            found = edited(found, edit)
        return Damaged(found)

    return st.lists(EDITS, min_size=1, max_size=most).map(apply)


def damaged_json(value: Any, *, most: int = 4) -> st.SearchStrategy[Any]:
    """``value`` after one to ``most`` edits of its parts: another value, a part left out, one twice, one renamed."""
    whats = st.sampled_from(["other", "other", "left out", "twice", "renamed"])
    edits = st.lists(st.tuples(_PLACES, whats, st.sampled_from(ODD)), min_size=1, max_size=most)

    def apply(wanted: list[tuple[int, str, Any]]) -> Any:
        found = copy.deepcopy(value)
        for share, what, odd in wanted:
            if places := _places(found):
                _change(*places[share * len(places) // SHARES], what, copy.deepcopy(odd))
        return found

    return edits.map(apply)


def damaged_json_text(value: Any) -> st.SearchStrategy[Damaged]:
    """As ``damaged_json``, as a text."""
    return damaged_json(value).map(lambda found: Damaged(json.dumps(found).encode()))


def damaged_zip(content: bytes) -> st.SearchStrategy[Damaged]:
    """A zip file of which one member is damaged, with a checksum that is right again."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def repacked(found: Mapping[str, bytes]) -> Damaged:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, member in found.items():
                archive.writestr(name, member)
        return Damaged(buffer.getvalue())

    return damaged_files(members).map(repacked)


def damaged_file(content: bytes) -> st.SearchStrategy[Damaged]:
    """Whatever it is: as bytes, and where it is JSON or a zip file also in what stands in it."""
    ways: list[st.SearchStrategy[Damaged]] = [damaged(content)]
    if content.startswith(b"PK"):
        ways += [damaged_zip(content)] * 2
    elif content[:1] in (b"{", b"["):
        ways += [damaged_json_text(json.loads(content))] * 2
    return st.one_of(ways)


class Files(dict[str, bytes]):
    """The files of a folder, shown by their sizes alone."""

    def __repr__(self) -> str:
        return f"Files({', '.join(f'{name}: {len(content):,} bytes' for name, content in self.items())})"


def damaged_files(files: Mapping[str, bytes]) -> st.SearchStrategy[Files]:
    """The files of a folder, one of which is damaged."""

    def with_file(name: str) -> st.SearchStrategy[Files]:
        return damaged_file(files[name]).map(lambda found: Files({**files, name: found}))

    return st.one_of([with_file(name) for name in files])


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every part of a JSON value: what holds it, and by what."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        keys = [*here] if isinstance(here, dict) else [*range(len(here))] if isinstance(here, list) else []
        found += [(here, key) for key in keys]
        waiting += [here[key] for key in keys]
    return found


def _change(holder: Any, key: Any, what: str, odd: Any) -> None:
    if what == "left out":
        del holder[key]
    elif what == "twice" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    elif what == "renamed" and isinstance(holder, dict):
        holder[str(odd)[:50]] = holder.pop(key)
    else:
        holder[key] = odd
