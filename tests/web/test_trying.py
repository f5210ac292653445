"""The forms: an event or a URL that is pasted, a file that is dropped; verdicts, reasons, refusals, the download."""

import json
from pathlib import Path

import httpx
import pyarrow as pa
import pytest
from running_service import running
from web_place import EVENT, events_csv
from web_visitor import Visitor

from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, load_detector, save_detector
from garrison.features import UrlProcessor
from garrison.monitoring import Reference
from garrison.serving.http.service import Service
from garrison.web.usual import usual_event


def test_the_form_begins_with_an_event_that_can_be_scored(visitor: Visitor, web_workspace: Path) -> None:
    detector = load_detector(web_workspace / "detector")
    assert detector.reference is not None
    event = usual_event(detector.schema, Reference.from_dict(detector.reference))
    assert 0 <= detector.score([event])[0] <= 1
    visitor.see("/try")
    assert '"payload_len"' in visitor.text
    assert "the transport protocol" in visitor.text


def test_an_event_gets_a_verdict_with_reasons_and_is_neither_logged_nor_counted(
    visitor: Visitor, open_service: tuple[httpx.Client, Service]
) -> None:
    service = open_service[1]
    answer = visitor.send("/try", data={"event": json.dumps(EVENT)})
    assert answer.status_code == 200
    assert "Verdict" in visitor.text
    assert "Compared with 64 events drawn, column by column" in visitor.text
    assert " the score by 0." in visitor.text
    assert "garrison_events_scored_total{" not in service.metrics.text().decode()
    assert service.models.get(None).scorer.recent.table(service.models.get(None).scorer.schema) is None


def test_the_verdict_is_that_of_the_service(web_workspace: Path, visitor: Visitor) -> None:
    detector = load_detector(web_workspace / "detector")
    visitor.send("/try", data={"event": json.dumps(EVENT)})
    assert f"score {detector.score([EVENT])[0]:.4f}" in visitor.text


@pytest.mark.parametrize(
    ("text", "said", "status"),
    [
        ("", "the body is empty", 400),
        ("{", "the body is no JSON", 400),
        ("[]", "the body is a JSON list", 400),
        ('{"a": 1}', "missing", 422),
        (
            json.dumps({**EVENT, "payload_len": "<script>alert(1)</script>"}),
            "payload_len: not an integer",
            422,
        ),
        (json.dumps({**EVENT, "<img src=x onerror=alert(1)>": 1}), "not in the schema", 422),
        (json.dumps({**EVENT, "service": "x" * 300_000}), "too large", 413),
    ],
)
def test_what_cannot_be_scored_is_told_with_the_field_and_escaped(
    visitor: Visitor, text: str, said: str, status: int
) -> None:
    answer = visitor.send("/try", data={"event": text})
    assert answer.status_code == status
    assert said in visitor.text
    assert "<script>alert" not in visitor.page
    assert "<img" not in visitor.page
    assert 'role="alert"' in visitor.page


def test_a_file_gets_a_table_of_verdicts_and_a_download(
    visitor: Visitor, web_workspace: Path, open_service: tuple[httpx.Client, Service]
) -> None:
    content = (
        events_csv(web_workspace, 120) + b"2026-01-05,192.0.2.1,tcp,=1+1\n2026-01-05,192.0.2.1,<script>,1\n"
    )
    answer = visitor.send("/try/file", seen="/try", files={"file": ("<b>day</b>.csv", content, "text/csv")})
    assert answer.status_code == 200
    assert "scored 120" in visitor.text
    assert "refused 2" in visitor.text
    assert "payload_len: not an integer" in visitor.text
    assert "<script>" not in visitor.page
    assert "<b>day" not in visitor.page
    path = visitor.page.partition('href="/try/verdicts/')[2].partition('"')[0]
    answer = visitor.see("/try/verdicts/" + path)
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = answer.text.splitlines()
    assert lines[0] == "row,score,malicious,reasons,refused"
    assert len(lines) == 123
    detector = load_detector(web_workspace / "detector")
    table = pa.csv.read_csv(pa.BufferReader(events_csv(web_workspace, 120)))
    expected = detector.score(table)
    assert [float(line.split(",")[1]) for line in lines[1:121]] == pytest.approx(expected, abs=1e-6)
    assert Visitor(open_service[0]).see("/try/verdicts/" + path).status_code == 404, "somebody else's"


@pytest.mark.parametrize("path", ["/try/file", "/drift"])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("day.csv", bytes(range(256)) * 40, "export it as CSV or JSON Lines, and give it"),
        ("day.csv", b"PAR1" + bytes(80), "a text file that is not packed: CSV or JSON Lines"),
        ("day.csv", b"a,b\n1,2\n", "correct the file: the try-it page tells"),
        ("day.jsonl", b'{"timestamp": 1}\n', "correct the file: the try-it page tells"),
    ],
    ids=["bytes", "parquet", "columns", "keys"],
)
def test_what_is_advised_can_be_done_on_the_page(
    visitor: Visitor, path: str, name: str, content: bytes, said: str
) -> None:
    answer = visitor.send(path, seen="/try", files={"file": (name, content, "text/csv")})
    assert answer.status_code in (415, 422)
    assert said in visitor.text
    problem = visitor.page.partition('role="alert"')[2].partition("</section>")[0]
    for other in ("or Parquet", "in gz", "features file"):
        assert other not in problem


def test_several_events_are_led_to_the_form_of_files(visitor: Visitor) -> None:
    visitor.send("/try", data={"event": json.dumps([EVENT, EVENT])})
    assert "send several events as a file, by the other form" in visitor.text
    assert "/v1/score/batch" not in visitor.text


@pytest.mark.parametrize(
    ("name", "content", "said", "status"),
    [
        ("day.csv", b"", "the file is empty", 400),
        ("day.exe", b"MZ", "is not read here", 415),
        ("day.csv", b"\x1f\x8b\x08", "it is packed", 415),
        ("day.csv", b"a,b\n1,2\n", "protocol", 422),
        ("day.jsonl", b'{"timestamp": 1}\n', "missing columns", 422),
    ],
)
def test_a_file_that_cannot_be_read_is_told_by_its_name(
    visitor: Visitor, name: str, content: bytes, said: str, status: int
) -> None:
    answer = visitor.send("/try/file", seen="/try", files={"file": (name, content, "text/csv")})
    assert answer.status_code == status, visitor.text
    assert said in visitor.text
    assert "/tmp" not in visitor.text, "where it lay is nobody's business"


HEADER = b"timestamp,src_ip,protocol,payload_len\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("day.csv", HEADER, "The file has no event"),
        ("day.csv", HEADER + b"\n\n", "The file has no event"),
        ("day.csv", HEADER + b"2026-01-05,192.0.2.1,tcp,many\n", "No row of the file could be scored"),
        (
            "day.jsonl",
            json.dumps({**EVENT, "payload_len": "many"}).encode() + b"\n",
            "No row of the file could be scored",
        ),
    ],
)
def test_a_file_without_a_row_that_can_be_scored_is_told_so(
    visitor: Visitor, open_service: tuple[httpx.Client, Service], name: str, content: bytes, said: str
) -> None:
    served = open_service[1].models.get(None)
    assert served.scorer.recent.table(served.scorer.schema) is None, "nothing was scored yet"
    answer = visitor.send("/try/file", seen="/try", files={"file": (name, content, "text/csv")})
    assert answer.status_code == 200
    assert "scored 0" in visitor.text
    assert said in visitor.text


def test_files_are_limited_in_rows_and_bytes(web_workspace: Path) -> None:
    with running(
        web_workspace,
        models=("production/threats",),
        with_pages=True,
        most_batch_rows=50,
        most_batch_bytes=20_000,
    ) as (client, _):
        visitor = Visitor(client)
        for rows in (60, 2000):
            files = {"file": ("day.csv", events_csv(web_workspace, rows), "text/csv")}
            assert visitor.send("/try/file", seen="/try", files=files).status_code == 413
            assert "The request is too large" in visitor.text


def test_pages_are_limited_in_rate_as_the_addresses_are(web_workspace: Path) -> None:
    with running(web_workspace, models=("production/threats",), with_pages=True, rate=0.001, burst=3) as (
        client,
        _,
    ):
        visitor = Visitor(client)
        answers = [visitor.see("/").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        assert "Too many requests" in visitor.text


def test_a_model_of_urls_takes_a_url(tmp_path: Path) -> None:
    schema = Schema.read(config_folder("phishing") / "urls_features.json")
    urls = [f"http://{'login.' * (place % 3)}site{place}.example/{'a' * (place % 7)}" for place in range(40)]
    table = pa.table({"url": urls})
    processor = UrlProcessor(buckets=0).fit(table, schema)
    X = processor.transform(table)
    model = FAMILIES["logistic_regression"].fit(X, X[:, 0] > X[:, 0].mean(), params={}, seed=0)
    detector = Detector(
        name="urls", schema=schema, processor=processor, model=model, family="logistic_regression",
        params={}, threshold=Threshold(0.5, "fixed"), training_fingerprint="0" * 64,
    )  # fmt: skip
    save_detector(detector, tmp_path / "model")
    with running(tmp_path, models=(str(tmp_path / "model"),), with_pages=True) as (client, _):
        visitor = Visitor(client)
        visitor.see("/try")
        assert "A URL, or an event as JSON" in visitor.text
        visitor.send("/try", data={"event": "http://login.example/<script>"})
        assert "Verdict" in visitor.text
        assert "<script>" not in visitor.page
        assert "No reasons yet" in visitor.text
