"""Damaged lines of a stream are events, or refused by their place, or the header is refused; so is a damaged state."""

import json
from pathlib import Path

import numpy as np
import pytest
from flow_events import event_schema
from held_to import examples, refused_or
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import damaged
from small_sources import PLAIN, SITES

from garrison.data.schema import Schema
from garrison.serving.stream.checkpoint import Checkpoint
from garrison.serving.stream.formats.open import open_format

FEW = 12
EVENTS = event_schema("timestamp", "src_ip", "protocol", "payload_len", "failed")
READ_AS = {
    "CSV": ("csv", SITES),
    "JSON lines": ("jsonl", SITES),
    "Zeek": ("zeek", EVENTS),
    "Zeek as JSON": ("zeek", EVENTS),
}


def decoded(content: bytes, name: str, schema: Schema, cut: int) -> None:
    """All lines in two pieces, the second after its state was kept and read: as many events and refusals as lines."""
    lines = content.split(b"\n")
    read = open_format(name, schema, file="", where="test")
    read.begin()
    for piece in (lines[:cut], lines[cut:]):
        found = read.decode(piece)
        found.batch.validate(full=True)
        assert len(found.places) == found.batch.num_rows
        places = [*found.places.to_pylist(), *(fault.place for fault in found.faults)]
        assert len(set(places)) == len(places), "no line is both, and none is either twice"
        assert all(0 <= place < len(piece) for place in places)
        state = json.loads(json.dumps(read.state()))
        read = open_format(name, schema, file="", where="test")
        read.resume(state)


@pytest.mark.parametrize("what", READ_AS)
def test_damaged_lines_are_events_or_refused(what: str) -> None:
    name, schema = READ_AS[what]
    content = PLAIN[what][2]
    decoded(content, name, schema, 3)

    @examples(FEW)
    @given(damaged(content), st.integers(0, 12))
    def hold(found: bytes, cut: int) -> None:
        refused_or(lambda: decoded(bytes(found), name, schema, cut))

    hold()


def test_a_damaged_state_of_a_stream_is_refused_or_read(tmp_path: Path) -> None:
    path = tmp_path / "state"
    Checkpoint(source="a", sink="b", position={"at": 7}, counts={"events": 3}).write(path)
    content = path.read_bytes()

    @examples(2 * FEW)
    @given(damaged(content))
    def hold(found: bytes) -> None:
        path.write_bytes(found)
        refused_or(lambda: Checkpoint.read(path, source="a", sink="b"))

    hold()
    with path.open("wb") as file:
        np.savez(file, facts=np.frombuffer(b"[" * 5_000, dtype=np.uint8))
    assert refused_or(lambda: Checkpoint.read(path, source="a", sink="b")) is None
