"""The sender's order, batches and bookkeeping, against a server in memory that can fail at any call."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from garrison.run.sender import Sender
from garrison.run.spool import Spool


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


Metric = tuple[str, float, int, int]


class MemoryServer:
    """Does what the client's calls ask; call number ``fails_at`` is done and then answered with ``error``.

    Like a plain file store it would keep a metric twice when it is sent twice.
    """

    def __init__(self) -> None:
        self.runs: dict[str, str] = {}
        self.status = ""
        self.params: dict[str, str] = {}
        self.metrics: list[Metric] = []
        self.tags: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.calls = 0
        self.fails_at = -1
        self.is_done_first = True
        self.error: Exception = ConnectionError("gone")
        self.refuses: Callable[[str], bool] = lambda name: False
        self.is_full = False

    def _call(self, work: Callable[[], Any]) -> Any:
        self.calls += 1
        fails = self.calls == self.fails_at
        if fails and not self.is_done_first:
            raise self.error
        answer = work()
        if fails:
            raise self.error
        return answer

    def get_experiment_by_name(self, name: str) -> Any:
        return self._call(lambda: SimpleNamespace(experiment_id="1"))

    def search_runs(self, experiments: list[str], query: str, max_results: int) -> Any:
        found = [run for run, mark in self.runs.items() if mark in query]
        return self._call(lambda: [SimpleNamespace(info=SimpleNamespace(run_id=run)) for run in found])

    def create_run(self, experiment: str, run_name: str, tags: dict[str, str]) -> Any:
        run = f"run{len(self.runs)}"
        self._call(lambda: self.runs.update({run: tags["garrison.mark"]}))
        return SimpleNamespace(info=SimpleNamespace(run_id=run))

    def get_run(self, run: str) -> Any:
        return self._call(lambda: None)

    def update_run(self, run: str, status: str) -> None:
        self._call(lambda: setattr(self, "status", status))

    def set_terminated(self, run: str, status: str, end_time: int) -> None:
        self._call(lambda: setattr(self, "status", status))

    def get_metric_history(self, run: str, key: str) -> Any:
        found = [metric for metric in self.metrics if metric[0] == key]
        return self._call(
            lambda: [SimpleNamespace(key=key, value=value, timestamp=t, step=s) for _, value, t, s in found]
        )

    def log_batch(self, run: str, metrics: Any, params: Any, tags: Any, synchronous: bool) -> None:
        from mlflow.exceptions import MlflowException
        from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

        assert max(len(metrics), len(params), len(tags)) <= 100
        if any(self.refuses(item.key) for item in [*metrics, *params, *tags]):
            raise MlflowException("refused this name", error_code=INVALID_PARAMETER_VALUE)

        def work() -> None:
            self.metrics += [(item.key, item.value, item.timestamp, item.step) for item in metrics]
            self.params |= {item.key: item.value for item in params}
            self.tags |= {item.key: item.value for item in tags}

        self._call(work)

    def log_artifact(self, run: str, file: str, folder: str | None) -> None:
        if self.is_full:
            raise OSError("no room for artifacts")
        path = Path(file)
        self._call(lambda: self.files.update({f"{folder or ''}/{path.name}": path.read_text()}))


def fill(folder: Path, *, is_over: bool = True) -> Spool:
    spool = Spool(folder)
    if not spool.exists():
        spool.open(uri="memory", experiment="e", run_name="r", artifacts=None)
    spool.append("start", {})
    spool.append("params", {"values": {"seed": 7, "families": ["a", "b"], "long": "x" * 9000}})
    for number in range(60):
        spool.append("metrics", {"values": {"loss": 1 / (number + 1)}, "step": number})
    spool.append_bytes(b"<svg/>", "pictures/roc.svg")
    spool.append("metrics", {"values": {"recall@fpr=0.01": 0.9, "bad": "nan"}, "step": 0})
    spool.append("tags", {"values": {"commit": "abc"}})
    if is_over:
        spool.append("finish", {"status": "finished"})
    return spool


def sender_for(spool: Spool, server: MemoryServer) -> Sender:
    return Sender(spool, open_client=lambda uri: server)


def assert_all_there_once(server: MemoryServer) -> None:
    assert list(server.runs) == ["run0"]
    assert server.status == "FINISHED"
    assert (server.params["seed"], server.params["families"]) == ("7", '["a", "b"]')
    assert len(server.params["long"]) == 6000
    assert sorted(step for key, _, _, step in server.metrics if key == "loss") == list(range(60))
    assert [value for key, value, _, _ in server.metrics if key == "recall_fpr_0.01"] == [0.9]
    assert len(server.metrics) == 62
    assert server.tags == {"commit": "abc"}
    assert server.files == {"pictures/roc.svg": "<svg/>"}


def test_everything_arrives_in_few_calls_and_sending_again_asks_nothing(tmp_path: Path) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    sent = sender_for(spool, server).send()
    assert (sent.sent, sent.left, sent.refused, sent.problem) == (66, 0, 0, "")
    assert_all_there_once(server)
    assert server.calls <= 10
    calls = server.calls
    assert sender_for(spool, server).send() == sent
    assert server.calls == calls
    assert not any((tmp_path / "tracking" / "files").iterdir())


@pytest.mark.parametrize("is_done_first", [True, False])
@pytest.mark.parametrize("fails_at", range(1, 10))
def test_a_failure_at_any_call_loses_and_doubles_nothing(
    tmp_path: Path, fails_at: int, is_done_first: bool
) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    server.fails_at, server.is_done_first = fails_at, is_done_first
    first = sender_for(spool, server).send()
    if first.left:
        assert first.problem.startswith("the tracking server failed: gone")
    last = sender_for(spool, server).send()
    assert (last.sent, last.left, last.refused, last.problem) == (66, 0, 0, "")
    assert_all_there_once(server)


def test_a_value_the_server_refuses_is_set_aside_and_the_rest_arrives(tmp_path: Path) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    server.refuses = lambda name: name == "families"
    sent = sender_for(spool, server).send()
    assert (sent.sent, sent.left, sent.refused) == (65, 0, 1)
    assert set(server.params) == {"seed", "long"}
    assert len(server.metrics) == 62
    assert "refused this name" in (tmp_path / "tracking" / "refused.jsonl").read_text()


def test_a_file_that_cannot_be_stored_holds_up_nothing_and_is_sent_later(tmp_path: Path) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    server.is_full = True
    sent = sender_for(spool, server).send()
    assert (sent.sent, sent.left) == (65, 1)
    assert sent.problem == "the tracking server failed: no room for artifacts (artifact pictures/roc.svg)"
    assert server.status == "FINISHED"
    server.is_full = False
    sent = sender_for(spool, server).send()
    assert (sent.sent, sent.left, sent.problem) == (66, 0, "")
    assert_all_there_once(server)


def test_another_server_gets_all_but_the_files_that_the_first_one_has(tmp_path: Path) -> None:
    spool = fill(tmp_path)
    assert sender_for(spool, MemoryServer()).send().left == 0
    spool.open(uri="elsewhere", experiment="e", run_name="n", artifacts=None)
    other = MemoryServer()
    sent = sender_for(spool, other).send()
    assert (sent.sent, sent.left, sent.refused, sent.problem) == (65, 0, 1, "")
    assert len(other.metrics) == 62
    assert other.files == {}
    assert "another server has it" in (tmp_path / "tracking" / "refused.jsonl").read_text()


def test_a_resumed_run_goes_on_in_the_same_run(tmp_path: Path) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    sender_for(spool, server).send()
    spool.append("start", {})
    spool.append("metrics", {"values": {"more": 1.0}, "step": 0})
    sender_for(spool, server).send()
    assert server.status == "RUNNING"
    spool.append("finish", {"status": "interrupted"})
    sender_for(spool, server).send()
    assert server.status == "KILLED"
    assert list(server.runs) == ["run0"]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        ("API request failed with error code 401 != 200", "the tracking server refused the login"),
        ("HTTPConnectionPool: Max retries exceeded", "no answer from the tracking server"),
        ("odd http://me:hunter2@host", "the tracking server failed: odd http://me:***@host"),
    ],
)
def test_a_problem_is_told_in_plain_words_without_secrets(tmp_path: Path, error: str, problem: str) -> None:
    server, spool = MemoryServer(), fill(tmp_path)
    server.fails_at, server.error = 1, RuntimeError(error)
    sent = sender_for(spool, server).send()
    assert sent.problem.startswith(problem)
    assert sent.left == 66
