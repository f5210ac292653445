"""The process that tells the tracking server what a run has kept for it.

MLflow lives in a process of its own: its seconds of import and of making a database pass while the run
works, a server that hangs does not hold the run up, and its logging, telemetry switch and timeouts touch
nothing else.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.errors import GarrisonError, RunBusy
from garrison.run.lock import FolderLock
from garrison.run.mlflow_run import MlflowRun, is_refusal, open_client, problem_text
from garrison.run.spool import Fact, Progress, Sent, Spool

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_LOOK_EVERY_S = 0.2
_WAIT_AFTER_FAILURE_S = (2.0, 5.0, 15.0, 60.0)
_GROUP = 50
_VALUES = frozenset({"params", "metrics", "tags"})


class Sender:
    """Sends what a spool still holds, in order; each call of ``send`` goes on where the last one stopped."""

    def __init__(self, spool: Spool, open_client: Callable[[str], "MlflowClient"] = open_client) -> None:
        self._spool = spool
        self._uri = spool.destination().uri
        self._open_client = open_client
        self._client: MlflowClient | None = None
        self._progress = spool.progress(self._uri)

    def send(self) -> Sent:
        """Send all that is left, as far as the server lets; never raises for what the server does."""
        with FolderLock(self._spool.path / ".lock"):
            self._progress = self._spool.progress(self._uri)
            try:
                self._send_all()
            except GarrisonError:
                raise
            except Exception as error:  # whatever the client raises, the facts stay and the run goes on
                self._save(problem=problem_text(error))
        return self._spool.account(self._uri)

    def _send_all(self) -> None:
        facts = self._spool.facts()
        if self._progress.sent == len(facts) and not self._progress.held:
            return
        in_doubt = self._progress.in_doubt
        self._save(in_doubt=True)
        if self._client is None:
            self._client = self._open_client(self._uri)
        run = MlflowRun(self._client, self._spool.destination(), self._progress.run)
        self._save(run=run.run_id)
        for place in self._progress.held:
            if self._sends_artifact(run, facts[place]):
                self._save(held=tuple(other for other in self._progress.held if other != place))
                self._spool.forget_file(facts[place])
        while self._progress.sent < len(facts):
            self._send_next(run, facts, in_doubt=in_doubt)
        self._save(in_doubt=False, problem=self._progress.problem if self._progress.held else "")

    def _send_next(self, run: MlflowRun, facts: Sequence[Fact], *, in_doubt: bool) -> None:
        start = self._progress.sent
        fact = facts[start]
        if fact.kind == "artifact":
            taken = self._sends_artifact(run, fact)
            self._save(sent=start + 1, held=self._progress.held if taken else (*self._progress.held, start))
            if taken:
                self._spool.forget_file(fact)
        elif fact.kind in _VALUES:
            end = start
            while end < len(facts) and facts[end].kind in _VALUES and end - start < _GROUP:
                end += 1
            refused = self._send_values(run, facts[start:end], in_doubt=in_doubt)
            self._save(sent=end, refused=self._progress.refused + refused)
        else:
            run.send_status(fact)
            self._save(sent=start + 1)

    def _send_values(self, run: MlflowRun, group: Sequence[Fact], *, in_doubt: bool) -> int:
        """Send values at once, and one by one when the server refuses one; returns the facts refused."""
        try:
            run.send_values(group, in_doubt=in_doubt)
        except Exception as error:
            if not is_refusal(error):
                raise
            if len(group) > 1:
                return sum(self._send_values(run, [fact], in_doubt=True) for fact in group)
            return self._send_one_by_one(run, group[0], error)
        return 0

    def _send_one_by_one(self, run: MlflowRun, fact: Fact, error: Exception) -> int:
        values = fact.content["values"]
        if len(values) <= 1:
            self._spool.refuse(fact, problem_text(error))
            return 1
        parts = [
            dataclasses.replace(fact, content={**fact.content, "values": {name: value}})
            for name, value in values.items()
        ]
        return min(1, sum(self._send_values(run, [part], in_doubt=True) for part in parts))

    def _sends_artifact(self, run: MlflowRun, fact: Fact) -> bool:
        """Send one file; when the server lives and still does not take the file, keep it and go on."""
        file = self._spool.file(fact)
        if not file.is_file():
            self._spool.refuse(fact, "its copy is gone: another server has it")
            self._save(refused=self._progress.refused + 1)
            return True
        try:
            run.send_artifact(fact, file)
        except Exception as error:  # the client raises what the place of the artifacts raises
            run.check()
            self._save(problem=f"{problem_text(error)} (artifact {fact.content['target']})")
            return False
        return True

    def _save(self, **changes: object) -> None:
        changed: Progress = dataclasses.replace(self._progress, **changes)  # type: ignore[arg-type]
        if changed != self._progress:
            self._progress = changed
            self._spool.save_progress(changed)


def follow(sender: Sender, spool: Spool, *, parent: int) -> None:
    """Send facts as they come, until the run says that it is over or its process is gone."""
    failures = 0
    next_try = time.monotonic()
    while True:
        is_over = os.getppid() != parent or spool.has_ended()
        if is_over or time.monotonic() >= next_try:
            failures = 0 if _succeeds(sender) else failures + 1
            if failures:
                wait = _WAIT_AFTER_FAILURE_S[min(failures, len(_WAIT_AFTER_FAILURE_S)) - 1]
                next_try = time.monotonic() + wait
        if is_over:
            return
        time.sleep(_LOOK_EVERY_S)


def _succeeds(sender: Sender) -> bool:
    try:
        return not sender.send().problem
    except RunBusy:
        # Another process is sending these facts at this moment.
        return False


def main(arguments: Sequence[str]) -> int:
    """Send for the run folder named; prints what became of its facts, or the error, as one line of JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("run_folder", type=Path)
    parser.add_argument("--follow", type=int, metavar="PID")
    options = parser.parse_args(arguments)
    spool = Spool(options.run_folder)
    try:
        # MLflow prints the run's address when the run ends; standard output is for the answer alone.
        with contextlib.redirect_stdout(sys.stderr):
            sender = Sender(spool)
            if options.follow is None:
                answer = dataclasses.asdict(sender.send())
            else:
                follow(sender, spool, parent=options.follow)
                answer = {}
    except GarrisonError as error:
        answer = {
            "error": type(error).__name__,
            "what": error.what,
            "where": error.where,
            "remedy": error.remedy,
        }
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
