import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import structlog

from garrison.errors import OutputError
from garrison.run.logs import close_log, open_log


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_line_has_time_level_run_and_event(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.log"
    log = open_log(path, run_id="phishing-1")
    log.info("stage began", stage="ingestion")
    log.bind(stage="training").warning("few rows", rows=3, file=Path("a.csv"), share=float("nan"))
    log.debug("not kept")
    close_log(log)
    first, second = lines(path)
    assert list(first) == ["time", "level", "run", "event", "stage"]
    assert first["time"].endswith("Z")
    assert (first["level"], first["run"], first["event"]) == ("info", "phishing-1", "stage began")
    assert second["level"] == "warning"
    assert (second["stage"], second["rows"], second["file"], second["share"]) == (
        "training",
        3,
        "a.csv",
        "nan",
    )


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for attempt in (1, 2):
        log = open_log(tmp_path / "run.log", run_id="r")
        log.info("began", attempt=attempt)
        close_log(log)
        close_log(log)
    assert [line["attempt"] for line in lines(tmp_path / "run.log")] == [1, 2]
    with pytest.raises(ValueError, match="closed"):
        log.info("too late")


def test_no_secret_reaches_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "sesame-open")
    log = open_log(tmp_path / "run.log", run_id="r")
    log.info("login with hunter-two?", password="hunter-two", url="mongodb://me:hunter-two@db/x")
    log.info(
        "nested", settings={"store": [{"api_key": "hunter-two"}]}, headers={"Authorization": "Basic aHVudGVy"}
    )
    log.info("said sesame-open", sesame=b"sesame-open")
    try:
        raise ValueError("cannot open mongodb://me:hunter-two@db/x with sesame-open")
    except ValueError:
        log.exception("failed")
    close_log(log)
    text = (tmp_path / "run.log").read_text()
    assert text.count("hunter-two") == 1, "only the word in the event's own plain text"
    assert "sesame-open" not in text
    assert "aHVudGVy" not in text
    assert "Traceback" in lines(tmp_path / "run.log")[-1]["exception"]


def test_text_cannot_forge_a_line(tmp_path: Path) -> None:
    log = open_log(tmp_path / "run.log", run_id="r")
    log.info('x"}\n{"level": "error"', value="a\nb\u2028\ud800")
    close_log(log)
    assert len((tmp_path / "run.log").read_bytes().splitlines()) == 1


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    log = open_log(tmp_path / "run.log", run_id="r")

    def write(thread: int) -> None:
        for number in range(50):
            log.info("line", thread=thread, number=number, filling="x" * 500)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_log(log)
    seen = [(line["thread"], line["number"]) for line in lines(tmp_path / "run.log")]
    assert sorted(seen) == [(thread, number) for thread in range(4) for number in range(50)]


def test_the_global_configuration_is_left_alone(tmp_path: Path) -> None:
    close_log(open_log(tmp_path / "run.log", run_id="r"))
    assert not structlog.is_configured()


def test_a_log_that_cannot_be_written_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="a file stands where a folder is wanted"):
        open_log(tmp_path / "file" / "run.log", run_id="r")
    log = open_log(tmp_path / "run.log", run_id="r")

    def full(_descriptor: int, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OutputError, match="the disk is full"):
            log.info("x")
    close_log(log)
