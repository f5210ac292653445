"""The stream itself: take, score, write, remember how far; and stop without leaving anything behind."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from garrison.errors import GarrisonError, OutputError, UsageError
from garrison.monitoring.scored import ScoredRows
from garrison.run.lock import FolderLock
from garrison.serving.stream.appended import AppendedFile
from garrison.serving.stream.away import Away, Patience, Say
from garrison.serving.stream.checkpoint import Checkpoint, Journal
from garrison.serving.stream.delivery import Delivery
from garrison.serving.stream.scoring import Scorer
from garrison.serving.stream.sinks import Sink
from garrison.serving.stream.sources import StreamSource
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.summary import Counts, Summary, progress_line
from garrison.serving.stream.taken import Taken

_CHECKPOINT_SHARE = 20
"""A checkpoint that took t seconds is followed by none for 20 t: it may cost a twentieth of the time."""


@dataclass(frozen=True)
class Pace:
    """How a stream is cut and how often it is made safe.

    A batch has ``batch_rows`` lines, or those that came within ``max_wait_s`` seconds. A checkpoint comes every
    ``checkpoint_s`` seconds, or less often where it takes long; 0: after every batch. ``give_up_after_s`` seconds
    without a source or a sink end the stream with an error; None: it waits for ever.
    """

    batch_rows: int = 10_000
    max_wait_s: float = 0.2
    checkpoint_s: float = 1.0
    summary_s: float = 30.0
    give_up_after_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is no pace."""
        if self.batch_rows < 1 or min(self.max_wait_s, self.checkpoint_s) < 0 or self.summary_s <= 0:
            raise UsageError(
                f"no pace: batches of {self.batch_rows} rows, {self.max_wait_s} s to wait,"
                f" a checkpoint every {self.checkpoint_s} s, a summary every {self.summary_s} s",
                expected="at least one row, and times that are not negative",
            )


@dataclass(frozen=True)
class StateFiles:
    """Where a stream keeps how far it got: the state, and beside it a lock and the journal of what was scored."""

    path: Path

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.path.with_name(self.path.name + ".scored")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other process away; ``RunBusy`` when there is one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the folder: {error.strerror}", where=str(self.path)) from error
        with FolderLock(self.path.with_name(self.path.name + ".lock")):
            yield


class Stream:
    """Events from a source to verdicts in a sink, until the source ends or somebody wishes to stop.

    With ``state`` (see ``begin``) it goes on after any break where it was: no event is lost, and in a sink that tells
    what it has none stands twice. ``log`` is told of all that is scored, once its verdicts are written.
    """

    def __init__(
        self,
        source: StreamSource,
        sink: Sink,
        *,
        refused: AppendedFile,
        stop: Stop,
        say: Say,
        pace: Pace | None = None,
        state: StateFiles | None = None,
        log: Callable[[ScoredRows], object] | None = None,
    ) -> None:
        self.source = source
        self.sink = sink
        self.pace = pace or Pace()
        self._stop = stop
        self._say = say
        self._state = state
        self._log = log
        self._patience = Patience(stop, say, give_up_after_s=self.pace.give_up_after_s)
        self._verdicts = Delivery(sink, sink.flush, self._patience)
        self._refusals = Delivery(refused, refused.sync, self._patience)
        self._refused_file = refused
        self._now = Counts()
        self._journal: Journal | None = None

    def run(self, make_scorer: Callable[[str], Scorer]) -> Summary:
        """Score until the end; ``make_scorer`` makes the scorer for the stream's token.

        Raises what the schema, the source or the sink have to say that waiting does not mend, ``RunBusy`` when another
        process works with the same state, and ``IntegrityError`` or ``UsageError`` for a state that does not fit.
        """
        with contextlib.ExitStack() as open_things:
            checkpoint = None
            if self._state is not None:
                open_things.enter_context(self._state.held())
                checkpoint = Checkpoint.read(self._state.path, source=self.source.shown, sink=self.sink.shown)
                self._journal = Journal(self._state.journal)
                open_things.callback(self._journal.close)
            for each in (self.source, self.sink, self._refused_file):
                open_things.callback(each.close)
            open_things.enter_context(self._stop.on_signals())
            return self._run(checkpoint, make_scorer)

    def _run(self, found: Checkpoint | None, make_scorer: Callable[[str], Scorer]) -> Summary:
        self._kept = found or Checkpoint(self.source.shown, self.sink.shown)
        self._before = Counts(**self._kept.counts)
        if found is None and self._journal is not None:
            self._journal.note(0, 0)  # what stands there is of a state that is gone
        since = self._journal.since(self._kept.serial) if self._journal else 0
        self._again = max(self._kept.again, since) if self.source.resumes else 0
        self._floor, self._scored = self._again, 0
        self._scorer = make_scorer(self._kept.token)
        self._resume(found)
        begun = self._patience.until_done(lambda: self.source.open(self._kept.position))
        self._kept = replace(self._kept, position=begun)
        self._verdicts.open(self._kept.sink_position)
        self._refusals.open(self._kept.refused_position)
        head = self.source.head() if found is None else []
        self._scorer.format.prime(head)
        started = self._said = self._checked = time.monotonic()
        self._said_events = 0
        self._every = self.pace.checkpoint_s
        self._dirty = True
        self._checkpoint()
        self._until_stopped()
        self._checkpoint()
        seconds = time.monotonic() - started
        why = f"stopped by {self._stop.reason}" if self._stop else "the source has ended"
        return Summary(self._now, self._before.plus(self._now), seconds, self.source.behind(), why)

    def _resume(self, found: Checkpoint | None) -> None:
        if found is None:
            return
        self._scorer.format.resume(found.format) if found.format else None
        if found.memory is not None:
            try:
                self._scorer.remember(found.memory)
            except GarrisonError:
                self._say("the model counts other windows than before: what they remembered is left behind")
        if self._again:
            self._say(f"going on after a break: {self._again:,} events had been scored and come again")

    def _until_stopped(self) -> None:
        while not self._stop:
            try:
                taken = self._patience.until_done(
                    lambda: self.source.take(self.pace.batch_rows, self.pace.max_wait_s)
                )
            except GarrisonError:
                if self._stop:  # away, and nobody waits for it any longer: nothing was taken
                    return
                raise
            if taken is not None:
                self._handle(taken)
            elif self.source.ended:
                return
            self._look_at_the_clock()

    def _handle(self, taken: Taken) -> None:
        scored = self._scorer.score(taken)
        self._scored += scored.events
        if self._journal is not None and scored.events:
            self._journal.note(self._kept.serial, max(self._scored, self._floor))
        again = min(self._again, scored.events)
        self._again -= again
        self._refusals.write(scored.refused, taken=taken.count)
        self._verdicts.write(scored.verdicts, taken=taken.count)
        if self._log is not None and scored.rows is not None and again < scored.events:
            self._log(
                scored.rows.take(np.arange(again, scored.events))
            )  # the others were told before the break
        self._now = self._now.plus(
            Counts(scored.events, scored.alerts, len(scored.refused), scored.late, scored_twice=again)
        )
        self._now.already_there = self._verdicts.already_there
        self._kept = replace(self._kept, position=taken.position)
        self._dirty = True

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if self._dirty and now - self._checked >= self._every:
            self._checkpoint()
        if now - self._said >= self.pace.summary_s:
            rate = (self._now.events - self._said_events) / (now - self._said)
            self._say(progress_line(self._now, per_second=rate, behind=self.source.behind()))
            self._said, self._said_events = now, self._now.events

    def _checkpoint(self) -> None:
        """Make the sink safe, then the place, then let the source forget what lies before it."""
        if not self._dirty:
            return
        began = time.monotonic()
        sink_position = self._verdicts.flush()
        refused_position = self._refusals.flush()
        if self._state is not None:
            self._kept = replace(
                self._kept,
                serial=self._kept.serial + 1,
                format=self._scorer.format.state(),
                sink_position=sink_position,
                refused_position=refused_position,
                counts=self._before.plus(self._now).to_dict(),
                again=self._again,
                memory=self._scorer.memory(),
            )
            self._patience.until_done(self._write_state)
            self._floor, self._scored = self._again, 0
        if self._kept.position is not None:
            # A commit that fails is made up for by the next one, or at the next start: the state holds.
            with contextlib.suppress(Away):
                self.source.commit(self._kept.position)
        self._dirty = False
        self._checked = time.monotonic()
        if self.pace.checkpoint_s:
            self._every = max(self.pace.checkpoint_s, _CHECKPOINT_SHARE * (self._checked - began))

    def _write_state(self) -> None:
        if self._state is None:
            return
        try:
            self._kept.write(self._state.path)
        except OutputError as error:
            raise Away(error) from error
