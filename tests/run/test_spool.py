import json
from pathlib import Path

import pytest

from garrison.errors import IntegrityError, SettingsError, SourceError, UsageError
from garrison.run.spool import Progress, Spool
from garrison.run.tracking import OFF, Tracking, open_tracking, send_spooled


def tracking_off(folder: Path) -> Tracking:
    return open_tracking(OFF, experiment="phishing", workspace=folder, run_folder=folder, run_name="r")


def test_facts_are_kept_in_order_with_their_time(tmp_path: Path) -> None:
    tracking = tracking_off(tmp_path)
    tracking.params({"training": {"folds": 5, "families": ["knn"]}, "seed": 7})
    tracking.metrics({"recall@fpr=0.01": 0.89, "nothing": float("nan")}, step=3)
    tracking.tags({"commit": None})
    sent = tracking.finish("failed")
    facts = Spool(tmp_path).facts()
    assert [fact.kind for fact in facts] == ["start", "params", "metrics", "tags", "finish"]
    assert facts[1].content == {"values": {"training.folds": 5, "training.families": ["knn"], "seed": 7}}
    assert facts[2].content == {"values": {"recall@fpr=0.01": 0.89, "nothing": "nan"}, "step": 3}
    assert facts[4].content == {"status": "failed"}
    assert [fact.time for fact in facts] == sorted(fact.time for fact in facts)
    assert (sent.sent, sent.left, sent.refused, sent.problem) == (0, 5, 0, "")
    assert tracking.finish() == sent


def test_artifacts_are_copied_at_once(tmp_path: Path) -> None:
    tree = tmp_path / "report"
    (tree / "deep").mkdir(parents=True)
    (tree / "a.html").write_text("a")
    (tree / "deep" / "b.svg").write_text("b")
    tracking = tracking_off(tmp_path / "run")
    tracking.artifact(tree / "a.html", "pages")
    tracking.artifact(tree)
    tracking.picture("roc.svg", "<svg/>")
    (tree / "a.html").write_text("changed")
    tracking.finish()
    spool = Spool(tmp_path / "run")
    kept = [(fact.content["target"], spool.file(fact).read_text()) for fact in spool.facts()[1:-1]]
    assert kept == [
        ("pages/a.html", "a"),
        ("report/a.html", "a"),
        ("report/deep/b.svg", "b"),
        ("pictures/roc.svg", "<svg/>"),
    ]
    with pytest.raises(SourceError, match="no such file"):
        tracking.artifact(tree / "none")
    with pytest.raises(ValueError, match="cannot name"):
        tracking.picture("../x.svg", "")


def test_no_secret_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "hunter2")
    tracking = tracking_off(tmp_path)
    tracking.params(
        {"store": {"password": "x-sesame", "url": "mongodb://me:x-sesame@db/x"}, "note": "is hunter2"}
    )
    tracking.finish()
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "x-sesame" not in kept
    assert "hunter2" not in kept


@pytest.mark.parametrize("from_environment", [True, False])
def test_an_address_with_a_password_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_environment: bool
) -> None:
    uri = "https://me:hunter2@mlflow.example"
    if from_environment:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(SettingsError) as caught:
        open_tracking(
            None if from_environment else uri,
            experiment="e",
            workspace=tmp_path,
            run_folder=tmp_path,
            run_name="r",
        )
    assert "hunter2" not in str(caught.value)
    assert "MLFLOW_TRACKING_PASSWORD" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_fact_cut_short_by_a_kill_does_not_count_and_the_next_begins_a_line(tmp_path: Path) -> None:
    tracking_off(tmp_path).params({"a": 1})
    file = tmp_path / "tracking" / "facts.jsonl"
    with file.open("a") as stream:
        stream.write('{"kind": "met')
    assert [fact.kind for fact in Spool(tmp_path).facts()] == ["start", "params"]
    tracking_off(tmp_path)
    assert [fact.kind for fact in Spool(tmp_path).facts()] == ["start", "params", "start"]


@pytest.mark.parametrize("text", ["{\n", "[]\n", '{"kind": 1}\n'])
def test_damaged_facts_are_named_with_their_line(tmp_path: Path, text: str) -> None:
    tracking_off(tmp_path)
    with (tmp_path / "tracking" / "facts.jsonl").open("a") as stream:
        stream.write(text)
    with pytest.raises(IntegrityError) as caught:
        Spool(tmp_path).facts()
    assert caught.value.where.endswith("facts.jsonl line 2")


def test_a_file_outside_the_spool_is_never_sent(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    tracking_off(tmp_path)
    for name in ("../../secret", "/etc/hostname"):
        spool.append("artifact", {"file": name, "target": "x"})
        with pytest.raises(IntegrityError, match="outside"):
            spool.file(spool.facts()[-1])


def test_progress_is_kept_for_one_address(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.save_progress(Progress("http://a", run="1", sent=3, held=(1,), in_doubt=True))
    assert spool.progress("http://a") == Progress("http://a", run="1", sent=3, held=(1,), in_doubt=True)
    assert spool.progress("http://b") == Progress("http://b")
    (tmp_path / "tracking" / "sent.json").write_text("x")
    with pytest.raises(IntegrityError):
        spool.progress("http://a")


def test_the_mark_of_a_resumed_run_is_kept(tmp_path: Path) -> None:
    tracking_off(tmp_path)
    mark = Spool(tmp_path).destination().mark
    tracking_off(tmp_path)
    assert Spool(tmp_path).destination().mark == mark
    assert json.loads((tmp_path / "tracking" / "destination.json").read_text())["uri"] == OFF


def test_a_run_without_tracking_has_nothing_to_send(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to send"):
        send_spooled(tmp_path)
    tracking_off(tmp_path)
    with pytest.raises(UsageError, match="tracking was off"):
        send_spooled(tmp_path)


def test_leaving_the_block_tells_how_the_run_ended(tmp_path: Path) -> None:
    endings: list[BaseException | None] = [None, KeyboardInterrupt(), ValueError()]
    for number, error in enumerate(endings):
        try:
            with tracking_off(tmp_path / str(number)):
                if error is not None:
                    raise error
        except (KeyboardInterrupt, ValueError) as raised:
            assert raised is error  # noqa: PT017
    ends = [Spool(tmp_path / str(number)).facts()[-1].content["status"] for number in range(3)]
    assert ends == ["finished", "interrupted", "failed"]
