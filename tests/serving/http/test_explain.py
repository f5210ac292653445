"""Which features drove a score: the values add up, and the strongest is what the model goes by."""

from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from running_service import running
from served_models import FLOW
from small_flows import flows

from garrison.detection import load_detector
from garrison.evaluation import contributions
from garrison.registry import LocalRegistry
from garrison.serving.http.explaining import read_reference


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "usual.parquet"
    pq.write_table(flows({"normal": 100}), path)
    return path


def test_contributions_and_base_sum_up_to_the_score(workspace: Path, reference: Path) -> None:
    with running(workspace, reference=str(reference)) as (client, _):
        score = client.post("/v1/score", json=FLOW).json()["score"]
        found = client.post("/v1/explain?most=2", json=FLOW).json()
    assert found["score"] == pytest.approx(score, abs=1e-6)
    total = found["base"] + sum(each["contribution"] for each in found["contributions"])
    assert total == pytest.approx(score, abs=1e-6)
    assert len(found["contributions"]) == 3
    assert found["contributions"][-1]["feature"] == "2 others"
    assert found["malicious"] is True
    assert found["reference"] == "64 events of usual.parquet"
    named = {each["feature"]: each["value"] for each in found["contributions"][:2]}
    assert all(FLOW[feature] == value for feature, value in named.items())


def test_the_values_are_those_of_the_evaluation(workspace: Path, reference: Path) -> None:
    detector = load_detector(LocalRegistry(workspace / "models").load("flows"))
    background = detector.processor.transform(read_reference(reference, detector.schema).events)
    X = detector.processor.transform(
        detector.schema.validate(pa.Table.from_pylist([FLOW]), with_label=False).table
    )
    expected = contributions(
        detector.model.score, X, background=background, names=detector.processor.names, permutations=64
    )
    with running(workspace, reference=str(reference)) as (client, _):
        found = client.post("/v1/explain?most=100", json=FLOW).json()["contributions"]
    wanted = dict(zip(expected.names, expected.values[0].tolist(), strict=True))
    assert {each["feature"]: each["contribution"] for each in found} == pytest.approx(wanted)


@pytest.mark.parametrize("most", ["0", "1001", "-1", "x", "000000001" + 5_000 * "0", "000000001999999"])
def test_number_of_features_has_bounds(workspace: Path, reference: Path, most: str) -> None:
    with running(workspace, reference=str(reference)) as (client, _):
        answer = client.post(f"/v1/explain?most={most}", json=FLOW)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_without_a_file_it_compares_with_what_was_scored(workspace: Path) -> None:
    with running(workspace) as (client, _):
        early = client.post("/v1/explain", json=FLOW)
        assert (early.status_code, early.json()["code"]) == (409, "no-reference")
        assert "--reference" in early.json()["remedy"]
        for row in flows({"normal": 20}).drop_columns(["kind"]).to_pylist():
            assert client.post("/v1/score", json=row).status_code == 200
        found = client.post("/v1/explain", json=FLOW).json()
    assert found["reference"] == "the last 20 events scored"
    assert found["score"] > found["base"]


def test_explaining_is_remembered_by_nobody(workspace: Path) -> None:
    from small_events import some_events

    events = [{**event, "timestamp": event["timestamp"].isoformat()} for event in some_events(15)]
    with running(workspace, models=("production/events",)) as (client, _):
        for event in events[:-1]:
            client.post("/v1/score", json=event)
        explained = [client.post("/v1/explain", json=events[-1]).json()["score"] for _ in range(2)]
        score = client.post("/v1/score", json=events[-1]).json()["score"]
    assert explained == pytest.approx([score, score], abs=1e-6)


@pytest.mark.parametrize("most", ["0", "x", "1001", "-1", "1.5", "9" * 5000])
def test_a_count_that_is_none_is_refused(client: httpx.Client, most: str) -> None:
    answer = client.post("/v1/explain", params={"most": most}, json=FLOW)
    assert (answer.status_code, answer.json()["where"]) == (400, "most")


def test_a_wrong_event_is_refused_as_in_scoring(client: httpx.Client) -> None:
    answer = client.post("/v1/explain", json={**FLOW, "rate": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "rate")
