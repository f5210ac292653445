"""A story told once without a break, and told again while its processes are killed."""

import random
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dying_commands import Commands, commands

from faults.comparing import differences, what_is_there
from faults.small_disk import small_disk
from faults.stories import STORIES, WORK, Step, Story
from garrison.errors import OutputError

Measure = Literal["seconds", "calls"]

NEVER_BEGUN = ("there is no run", "before its settings were kept")
"""What a run that was broken off before it had begun answers to those who want to go on with it."""

FULL = re.compile("the disk is full|No space left")


@dataclass(frozen=True)
class Unbroken:
    """What a story makes, in how many bytes, and how much each step took: seconds, and system calls that write."""

    made: dict[str, bytes]
    bytes: int
    seconds: tuple[float, ...]
    calls: tuple[int, ...]


@dataclass(frozen=True)
class Kill:
    """Where a process was killed: the step, and at what second or system call of it."""

    step: int
    measure: Measure
    at: float

    def __str__(self) -> str:
        where = f"{self.at:.2f} s" if self.measure == "seconds" else f"system call {self.at:.0f}"
        return f"step {self.step + 1} at {where}"


@dataclass
class Trial:
    """One telling: the kills, where in the story each came (0 to 1), how often the disk was full, what was wrong."""

    story: str
    kills: list[Kill] = field(default_factory=list)
    places: list[float] = field(default_factory=list)
    full: int = 0
    faults: list[str] = field(default_factory=list)


class Bench:
    """Tells stories in ``folder``, one after the other, each in the same place."""

    def __init__(self, folder: Path, run: Commands) -> None:
        self.folder = folder
        self._run = run
        self._unbroken: dict[str, Unbroken] = {}

    @property
    def work(self) -> Path:
        """Where stories write."""
        return self.folder / WORK

    def unbroken(self, name: str) -> Unbroken:
        """The story told without a break; the first telling only teaches what to import."""
        if name not in self._unbroken:
            self._tell(STORIES[name])
            seconds, calls = self._tell(STORIES[name])
            made = what_is_there(self.work)
            self._unbroken[name] = Unbroken(made, _size(self.work), tuple(seconds), tuple(calls))
        return self._unbroken[name]

    def _tell(self, story: Story) -> tuple[list[float], list[int]]:
        self._begin(story)
        seconds, calls = [], []
        for step in story.steps:
            started = time.perf_counter()
            code = self._run.run(*step.command, learn=True, still=True)
            assert code == 0, f"{step.command} ended with {code}: {self._run.said}"
            seconds.append(time.perf_counter() - started)
            calls.append(self._run.calls)
        return seconds, calls

    def _begin(self, story: Story) -> None:
        self.work.mkdir(exist_ok=True)
        for item in self.work.iterdir():
            shutil.rmtree(item) if item.is_dir() else item.unlink()
        story.prepare(self.folder)

    def killed(self, name: str, *, most: int, draws: random.Random) -> Trial:
        """The story told with up to ``most`` kills at random places, and gone on with after each."""
        story, whole, trial = STORIES[name], self.unbroken(name), Trial(name)
        self._begin(story)
        for number, step in enumerate(story.steps):
            broken = False
            while True:
                kill = self._drawn(whole, number, draws) if len(trial.kills) < most else None
                code = self._step(step, kill, broken=broken)
                if code == 0:
                    break
                if code != -signal.SIGKILL or kill is None:
                    trial.faults.append(f"ended with {code}: {self._run.said.strip()}")
                    return trial
                trial.kills.append(kill)
                of_step = getattr(whole, kill.measure)
                trial.places.append(min(1.0, (sum(of_step[:number]) + kill.at) / sum(of_step)))
                trial.faults += differences(self.work, whole.made, in_the_middle=True)
                broken = True
        trial.faults += differences(self.work, whole.made)
        return trial

    def starved(self, name: str, *, draws: random.Random) -> Trial:
        """The story told on a disk that is full at a random point, and gone on with when there is room again."""
        story, whole, trial = STORIES[name], self.unbroken(name), Trial(name)
        with small_disk(self.work, draws.randrange(4096, whole.bytes)) as disk:
            self._begin(story)
            for step in story.steps:
                code = self._run.run(*step.command, still=True)
                if code == OutputError.exit_code and FULL.search(self._run.said):
                    trial.full += 1
                    trial.faults += differences(self.work, whole.made, in_the_middle=True)
                    disk.make_room()
                    code = self._step(step, None, broken=True)
                if code != 0:
                    trial.faults.append(f"ended with {code}: {self._run.said.strip()}")
                    return trial
            trial.faults += differences(self.work, whole.made)
        return trial

    def _drawn(self, whole: Unbroken, number: int, draws: random.Random) -> Kill | None:
        """Where the next kill is to come: somewhere in what is left of the story, and None where not in this step."""
        measure: Measure = draws.choice(["seconds", "calls"])
        left = getattr(whole, measure)[number:]
        place = draws.uniform(0, sum(left))
        if place >= left[0]:
            return None
        return Kill(number, measure, max(1, round(place)) if measure == "calls" else place)

    def _step(self, step: Step, kill: Kill | None, *, broken: bool) -> int:
        command = (step.again or step.command) if broken else step.command
        code = self._once(command, kill)
        if broken and code == 2 and any(said in self._run.said for said in NEVER_BEGUN):
            code = self._once(step.command, kill)
        return code

    def _once(self, command: tuple[str, ...], kill: Kill | None) -> int:
        if kill is None:
            return self._run.run(*command, still=True)
        if kill.measure == "calls":
            return self._run.run(*command, dies_at=round(kill.at), still=True)
        return self._run.run(*command, dies_after=kill.at, still=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


@contextmanager
def bench(folder: Path, environment: dict[str, str]) -> Iterator[Bench]:
    """A bench whose commands are forked from one process."""
    with commands(folder, heavy=(), environment=environment) as run:
        yield Bench(folder, run)
