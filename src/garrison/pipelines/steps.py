"""Stages one after the other in a run's folder; a finished one is read back instead of made again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from structlog.typing import FilteringBoundLogger

from garrison.errors import UsageError
from garrison.files import sha256_of_json
from garrison.pipelines.artifact import Artifact
from garrison.progress import say
from garrison.run.folder import RunFolder

A = TypeVar("A", bound=Artifact)


class ReachedStage(Exception):
    """The stage that was asked for is finished; the pipeline ends here."""


class Steps:
    """Calls stages in order and remembers how long each took.

    A stage is made again when its settings, or anything made before it, have changed.
    """

    def __init__(self, run: RunFolder, log: FilteringBoundLogger, *, until: str | None = None) -> None:
        self._run = run
        self.log = log
        self._until = until
        self._made_so_far = ""
        self.seconds: dict[str, float] = dict(run.record.stages)

    def __call__(
        self,
        name: str,
        kind: type[A],
        make: Callable[[Path], A],
        *,
        inputs: Any,
        then: Callable[[A], None] = lambda _: None,
    ) -> A:
        """Make stage ``name``, or read it back; ``inputs`` are the JSON values it depends on.

        ``then`` looks at what the stage found, also where the pipeline ends after it.
        """
        digest = sha256_of_json({"stage": name, "inputs": inputs, "before": self._made_so_far})
        facts = self._run.finished(name, digest)
        if facts is None:
            facts = self._make(name, digest, make)
        else:
            self.log.info("stage read back", stage=name)
            if name in self.seconds:
                self.seconds[name] = self.seconds.pop(name)  # in the order of the story
        self._made_so_far = sha256_of_json({"digest": digest, "facts": facts})
        artifact = kind.restore(self._run.stage_path(name), facts)
        then(artifact)
        if name == self._until:
            raise ReachedStage(name)
        return artifact

    def _make(self, name: str, digest: str, make: Callable[[Path], A]) -> dict[str, Any]:
        self.log.info("stage started", stage=name)
        say(f"{name} …")
        started = time.perf_counter()
        with self._run.making(name, digest) as making:
            facts = make(making.path).facts()
            making.finish(facts)
        self.seconds[name] = round(time.perf_counter() - started, 3)
        self._run.update_record(stages=self.seconds)
        self.log.info("stage finished", stage=name, seconds=self.seconds[name])
        return facts


def checked_stage(name: str | None, stages: Sequence[str]) -> None:
    """Refuse a stage that does not exist, naming those that do."""
    if name is not None and name not in stages:
        raise UsageError(f"there is no stage {name!r}", expected=f"one of: {', '.join(stages)}")
