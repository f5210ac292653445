"""Many events in one request: JSON, lines of JSON and Arrow in and out, every event judged for itself."""

import struct
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import pyarrow as pa
import pytest
from running_service import running
from served_models import FLOW
from small_events import some_events
from small_flows import flows

from garrison.detection import load_detector
from garrison.registry import LocalRegistry
from garrison.serving.http.arrow_bodies import FILE, STREAM

JSON, NDJSON = "application/json", "application/x-ndjson"
ROWS = flows({"normal": 30, "scan": 30}, seed=11).drop_columns(["kind"])


def arrow(table: pa.Table, *, file: bool = False, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    make = pa.ipc.new_file if file else pa.ipc.new_stream
    with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


BODIES = {
    JSON: orjson.dumps(ROWS.to_pylist()),
    NDJSON: b"\n".join(map(orjson.dumps, ROWS.to_pylist())) + b"\n\n",
    STREAM: arrow(ROWS),
    FILE: arrow(ROWS, file=True),
}


def post(client: httpx.Client, body: bytes, kind: str, accept: str = JSON, **params: str) -> httpx.Response:
    return client.post(
        "/v1/score/batch", content=body, params=params, headers={"content-type": kind, "accept": accept}
    )


@pytest.mark.parametrize("kind", BODIES)
def test_each_form_gives_the_detectors_scores(client: httpx.Client, workspace: Path, kind: str) -> None:
    expected = load_detector(LocalRegistry(workspace / "models").load("flows")).score(ROWS)
    answer = post(client, BODIES[kind], kind)
    assert answer.status_code == 200
    found = answer.json()
    np.testing.assert_allclose(found["scores"], expected, atol=1e-6)
    assert found["malicious"] == (np.array(found["scores"]) >= 0.5).tolist()
    assert (found["events"], found["flagged"], found["refused"]) == (60, sum(found["malicious"]), [])


def test_each_form_of_answer_says_the_same(client: httpx.Client) -> None:
    events = [FLOW, {**FLOW, "bytes": "x"}, {**FLOW, "service": "dns"}]
    body = orjson.dumps(events)
    as_json = post(client, body, JSON).json()
    lines = [orjson.loads(line) for line in post(client, body, JSON, NDJSON).content.splitlines()]
    table = pa.ipc.open_stream(post(client, body, JSON, STREAM).content).read_all()
    assert as_json["refused"] == [{"row": 2, "field": "bytes", "reason": "not a number", "value": "x"}]
    assert [line.get("score") for line in lines] == as_json["scores"] == table.column("score").to_pylist()
    assert [line.get("malicious") for line in lines] == table.column("malicious").to_pylist()
    assert lines[1]["error"]["field"] == table.column("field").to_pylist()[1] == "bytes"
    assert table.schema.metadata[b"model"] == b"flows"


def test_no_events_fate_hangs_on_anothers(client: httpx.Client) -> None:
    good = post(client, orjson.dumps([FLOW]), JSON).json()["scores"][0]
    events = [FLOW, 5, {}, {**FLOW, "rate": "a lot"}, {**FLOW, "extra": 1}, {**FLOW, "bytes": [1]}, FLOW]
    found = post(client, orjson.dumps(events), JSON).json()
    assert found["scores"] == [good, None, None, None, None, None, good]
    assert [(each["row"], each["field"]) for each in found["refused"]] == [
        (2, ""),
        (3, "bytes"),
        (4, "rate"),
        (5, "extra"),
        (6, "bytes"),
    ]


def test_a_line_that_is_no_json_is_refused_alone(client: httpx.Client) -> None:
    body = orjson.dumps(FLOW) + b"\n{not json\n" + orjson.dumps(FLOW)
    found = post(client, body, NDJSON).json()
    assert (found["events"], found["refused"][0]["row"], found["refused"][0]["reason"]) == (3, 2, "not JSON")


def test_where_none_can_be_scored_it_is_a_422_that_names_the_events(client: httpx.Client) -> None:
    answer = post(client, orjson.dumps([{}, 3]), JSON)
    assert answer.status_code == 422
    assert [error["row"] for error in answer.json()["errors"]] == [1, 2]


def test_a_batch_in_order_of_time_knows_its_past(workspace: Path) -> None:
    detector = load_detector(LocalRegistry(workspace / "models").load("events"))
    events = [
        {key: value for key, value in event.items() if key != "is_malicious"}
        for event in some_events(700, seed=6)
    ]
    expected = detector.score(events)
    with running(workspace, models=("production/events",)) as (client, _):
        found: list[float] = []
        for part in (events[:650], events[650:]):
            found += post(client, arrow(pa.Table.from_pylist(part)), STREAM).json()["scores"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_column_that_is_missing_from_a_table_is_named(client: httpx.Client) -> None:
    answer = post(client, arrow(ROWS.drop_columns(["rate"])), STREAM)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "rate", "reason": "missing", "value": None}]
    nested = ROWS.set_column(1, "bytes", pa.array([[1.0]] * 60))
    assert post(client, arrow(nested), STREAM).json()["errors"][0]["field"] == "bytes"
    twice = ROWS.append_column("rate", ROWS.column("rate"))
    assert post(client, arrow(twice), STREAM).json()["errors"][0]["reason"] == "there twice"


def test_arrow_of_a_dictionary_is_scored_unless_it_unpacks_to_too_much(client: httpx.Client) -> None:
    packed = ROWS.set_column(
        ROWS.schema.get_field_index("service"), "service", ROWS.column("service").dictionary_encode()
    )
    assert (
        post(client, arrow(packed), STREAM).json()["scores"]
        == post(client, arrow(ROWS), STREAM).json()["scores"]
    )
    rows, one = 100_000, pa.array(["x" * 30_000])
    bomb = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), one)
    for name in ("service", "bytes"):
        columns = {each: bomb if each == name else pa.nulls(rows) for each in ROWS.schema.names}
        answer = post(client, arrow(pa.table(columns)), STREAM)
        assert answer.status_code == 413
        assert "unpacks to 3,000,000,000 bytes of text" in answer.json()["detail"]


def test_arrow_that_is_packed_or_claims_too_much_is_refused_unread(client: httpx.Client) -> None:
    packed = post(client, arrow(ROWS, compression="zstd"), STREAM)
    assert (packed.status_code, packed.json()["detail"]) == (415, "the Arrow buffers are packed")
    nothing = pa.table({"bytes": pa.nulls(3)})
    body = bytearray(arrow(nothing))
    places = [place for place in range(len(body) - 8) if body[place : place + 8] == struct.pack("<q", 3)]
    for place in places:
        body[place : place + 8] = struct.pack("<q", 2**40)
    answer = post(client, bytes(body), STREAM)
    assert answer.status_code == 413
    assert "1,099,511,627,776" in answer.json()["detail"]


@pytest.mark.parametrize("cut", [0, 1, 8, 50, 300, -1])
def test_arrow_that_is_cut_off_is_no_fault_of_ours(client: httpx.Client, cut: int) -> None:
    assert post(client, BODIES[STREAM][:cut], STREAM).status_code in (200, 400)
    assert post(client, b"ARROW1" + BODIES[STREAM][:cut], FILE).status_code == 400


def test_arrow_with_a_changed_byte_is_no_fault_of_ours(client: httpx.Client) -> None:
    draw = np.random.default_rng(0)
    for place in draw.integers(0, len(BODIES[STREAM]), 60):
        body = bytearray(BODIES[STREAM])
        body[place] ^= int(draw.integers(1, 256))
        answer = post(client, bytes(body), STREAM)
        assert answer.status_code < 500, (place, answer.text)


@pytest.mark.parametrize(
    ("body", "kind", "accept", "status", "code"),
    [
        (b"[]", JSON, JSON, 400, "bad-request"),
        (b"", NDJSON, JSON, 400, "bad-request"),
        (b"{}", JSON, JSON, 400, "bad-request"),
        (b'"x"', JSON, JSON, 400, "bad-request"),
        (b"[1", JSON, JSON, 400, "bad-request"),
        (b"\xff", JSON, JSON, 400, "bad-request"),
        (b"[" * 100_000, JSON, JSON, 400, "bad-request"),
        (b"a,b\n", "text/csv", JSON, 415, "wrong-media-type"),
        (b"[{}]", "", JSON, 415, "wrong-media-type"),
        (b"[{}]", JSON, "text/csv", 406, "not-acceptable"),
        (b"no arrow", STREAM, JSON, 400, "bad-request"),
    ],
)
def test_what_is_no_batch_is_refused(
    client: httpx.Client, body: bytes, kind: str, accept: str, status: int, code: str
) -> None:
    answer = post(client, body, kind, accept)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_too_many_events_are_refused(workspace: Path) -> None:
    with running(workspace, most_batch_rows=3) as (client, _):
        for kind, body in BODIES.items():
            answer = post(client, body, kind)
            assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert post(client, orjson.dumps([FLOW] * 3), JSON).status_code == 200
