"""Telling an MLflow server about a run, without ever making the run wait for it or fail with it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from urllib.parse import urlsplit

from garrison import errors
from garrison.errors import GarrisonError, Interrupted, SettingsError, SourceError, TrackingError, UsageError
from garrison.run.dotted_names import flattened
from garrison.run.spool import Sent, Spool

OFF = "off"

_PATIENCE_S = 30.0
_SENDER_ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONWARNINGS": "ignore"}
_SENDER_DEFAULTS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}


class Tracking:
    """Keeps what the run tells in its folder; a process of its own sends it on while the run works.

    As a context manager it finishes by itself: ``finished``, ``failed`` or ``interrupted``.
    """

    def __init__(self, spool: Spool, uri: str, process: "subprocess.Popen[bytes] | None") -> None:
        self.uri = uri
        self._spool = spool
        self._process = process
        self._sent: Sent | None = None

    def params(self, values: Mapping[str, Any]) -> None:
        """Keep parameters; nested mappings become dotted names. A parameter never changes once sent."""
        self._spool.append("params", {"values": flattened(values)})

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Keep measured numbers, at ``step`` if they are a series."""
        self._spool.append("metrics", {"values": dict(values), "step": step or 0})

    def tags(self, values: Mapping[str, Any]) -> None:
        """Keep labels of the run, such as the git commit and the data fingerprint."""
        self._spool.append("tags", {"values": flattened(values)})

    def artifact(self, path: Path, folder: str = "") -> None:
        """Keep a copy of a file, or of every file in a folder, to be sent under ``folder``.

        Raises ``SourceError`` when there is no such file.
        """
        if not path.exists():
            raise SourceError("there is no such file to track", where=str(path))
        files = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        for file in files:
            inside = file.relative_to(path.parent).as_posix()
            self._spool.append_file(file, _joined(folder, inside))

    def picture(self, name: str, content: str | bytes) -> None:
        """Keep a picture, such as the text of an SVG, to be sent as ``pictures/<name>``."""
        content = content.encode() if isinstance(content, str) else content
        self._spool.append_bytes(content, _joined("pictures", name))

    def finish(self, status: Literal["finished", "failed", "interrupted"] = "finished") -> Sent:
        """Say how the run ended and wait for the sending while it gets on; returns what was sent and left.

        What is left stays in the run's folder for ``send_spooled``. Finishing twice is harmless.
        """
        if self._sent is None:
            self._spool.append("finish", {"status": status})
            problem = "" if self._process is None else _wait(self._process, self._spool, self.uri)
            account = self._spool.account(self.uri)
            self._sent = Sent(account.sent, account.left, account.refused, account.problem or problem)
        return self._sent

    def __enter__(self) -> "Tracking":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish("finished")
        elif isinstance(error, KeyboardInterrupt | Interrupted):
            self.finish("interrupted")
        else:
            self.finish("failed")


def open_tracking(
    uri: str | None, *, experiment: str, workspace: Path, run_folder: Path, run_name: str
) -> Tracking:
    """Tracking for the run in ``run_folder``; nothing is asked of the server here.

    ``uri`` None takes ``MLFLOW_TRACKING_URI`` from the environment, else the database ``runs/mlflow.db`` in
    ``workspace``. ``"off"`` keeps the facts and sends nothing. User and password come only from
    ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD``; an address that carries a password raises
    ``SettingsError``. A resumed run goes on in the same MLflow run.
    """
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or ""
    artifacts = None
    if not uri:
        runs = workspace.resolve() / "runs"
        uri, artifacts = f"sqlite:///{runs / 'mlflow.db'}", str(runs / "mlartifacts")
    uri = _absolute(uri)
    _refuse_password(uri)
    spool = Spool(run_folder)
    spool.open(uri=uri, experiment=experiment, run_name=run_name, artifacts=artifacts)
    spool.append("start", {})
    process = None if uri == OFF else _start_sender(run_folder, uri, "--follow", str(os.getpid()))
    return Tracking(spool, uri, process)


def send_spooled(run_folder: Path, *, uri: str | None = None) -> Sent:
    """Send what a run could not send while it ran; sending again changes nothing.

    ``uri`` sends it to another server than the run was meant for, but for pictures and files that the first one has
    already: no copy of them is kept, and they count as refused. Raises ``UsageError`` when the run kept nothing,
    ``RunBusy`` when it is being sent just now, ``TrackingError`` when the sending itself broke. A server that does not
    answer is no error here: see ``Sent.left`` and ``Sent.problem``.
    """
    spool = Spool(run_folder)
    if not spool.exists():
        raise UsageError(
            "this run has nothing to send", where=str(run_folder), expected="a run with tracking"
        )
    destination = spool.destination()
    target = _absolute(uri or destination.uri)
    if target == OFF:
        raise UsageError(
            "tracking was off for this run, so there is no server to send to",
            where=str(run_folder),
            remedy="name the server's address",
        )
    _refuse_password(target)
    if target != destination.uri:
        spool.open(
            uri=target, experiment=destination.experiment, run_name=destination.run_name, artifacts=None
        )
    process = _start_sender(run_folder, target)
    output, _ = process.communicate()
    return _answer(output, process.returncode, run_folder)


def _start_sender(run_folder: Path, uri: str, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {**_SENDER_DEFAULTS, **os.environ, **_SENDER_ENVIRONMENT, "MLFLOW_TRACKING_URI": uri}
    command = [sys.executable, "-P", "-m", "garrison.run.sender", str(run_folder.resolve()), *arguments]
    return subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if arguments else subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _wait(process: "subprocess.Popen[bytes]", spool: Spool, uri: str) -> str:
    """Wait for the sender while it gets on; returns what went wrong with the process itself."""
    seen = spool.progress(uri)
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=0.2)
            return "" if code == 0 else "the process that sends to the tracking server failed"
        now = spool.progress(uri)
        if now != seen:
            seen, deadline = now, time.monotonic() + _PATIENCE_S
    process.kill()
    process.wait()
    return "the tracking server did not answer in time"


def _answer(output: bytes, code: int, run_folder: Path) -> Sent:
    try:
        answer = json.loads(output)
    except ValueError:
        answer = {"error": "TrackingError", "what": f"the sending process ended with code {code}"}
    if "error" not in answer:
        return Sent(**answer)
    kind: type[GarrisonError] = getattr(errors, answer["error"], TrackingError)
    raise kind(
        answer["what"],
        where=answer.get("where") or str(run_folder),
        remedy=answer.get("remedy") or "send again later; nothing is lost",
    )


def _absolute(uri: str) -> str:
    """``sqlite:///runs/mlflow.db`` as seen from every folder."""
    prefix = "sqlite:///"
    if uri.startswith(prefix) and not uri.startswith(prefix + "/"):
        return prefix + str(Path(uri.removeprefix(prefix)).resolve())
    return uri


def _refuse_password(uri: str) -> None:
    try:
        has_password = urlsplit(uri).password is not None
    except ValueError:
        has_password = "@" in uri
    if has_password:
        raise SettingsError(
            "the tracking address carries a password",
            where="tracking.uri or MLFLOW_TRACKING_URI",
            expected="an address without user and password, such as https://mlflow.example",
            remedy="put them in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        )


def _joined(folder: str, name: str) -> str:
    parts = [part for part in f"{folder}/{name}".split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        raise ValueError(f"{folder}/{name} cannot name an artifact")
    return "/".join(parts)
