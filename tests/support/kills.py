"""Kills every pipeline at random places, starts it again, and compares what it made with an unbroken run.

    python tests/support/kills.py --kills 100 --seed 0
    python tests/support/kills.py --kills 20 --only phishing --folder broken

A process gets SIGKILL, of which it hears nothing: after a random number of seconds, or at a random one of its system
calls that write (a write is half done by then). It is started again as the documentation says, may be killed again, and
what lies there when it has ended is compared byte for byte; so is, after each kill, whatever stands under its own name.
Prints a table and ends with 1 when anything differed; what differed is kept in ``--folder``.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from faults.stories import STORIES
from faults.trials import Bench, Trial, bench

MOST_KILLS_OF_ONE_RUN = 3


def tell(place: Bench, names: Sequence[str], *, kills: int, seed: int, keep: Path) -> list[Trial]:
    """Tell the stories in turn, the short ones more often, until so many processes were killed.

    What differs from the unbroken story is copied to ``keep``.
    """
    draws, trials = random.Random(seed), list[Trial]()
    most_turns = max(STORIES[name].turns for name in names)
    cycle = [name for lap in range(most_turns) for name in names if lap < STORIES[name].turns]
    turn = 0
    while sum(len(trial.kills) for trial in trials) < kills:
        name = cycle[turn % len(cycle)]
        left = kills - sum(len(trial.kills) for trial in trials)
        most = min(draws.randint(1, MOST_KILLS_OF_ONE_RUN), left)
        began = time.perf_counter()
        trial = place.killed(name, most=most, draws=draws)
        turn += 1
        trials.append(trial)
        told = ", ".join(map(str, trial.kills)) or "no kill came in time"
        print(
            f"{name}, trial {turn}: {told}: {_verdict(trial)} ({time.perf_counter() - began:.0f} s)",
            flush=True,
        )
        for fault in trial.faults:
            print(f"  {fault}", flush=True)
        if trial.faults:
            shutil.copytree(place.work, keep / f"trial-{turn}", dirs_exist_ok=True)
    return trials


def _verdict(trial: Trial) -> str:
    return f"{len(trial.faults)} faults" if trial.faults else "the same bytes"


def table(trials: Sequence[Trial], unbroken: dict[str, tuple[float, int]]) -> str:
    """A row a story: an unbroken run's seconds and files, the kills, and in how many tenths of the run one came."""
    lines = [
        "| what is killed | seconds unbroken | files compared | runs | kills | by time, by system call "
        "| tenths of the run hit | runs that differ |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(trial.story for trial in trials):
        of_story = [trial for trial in trials if trial.story == name]
        kills = [kill for trial in of_story for kill in trial.kills]
        by_time = sum(kill.measure == "seconds" for kill in kills)
        tenths = {min(9, int(place * 10)) for trial in of_story for place in trial.places}
        seconds, count = unbroken[name]
        lines.append(
            f"| {name} | {seconds:.1f} | {count} | {len(of_story)} | {len(kills)} "
            f"| {by_time}, {len(kills) - by_time} | {len(tenths)} | {sum(bool(t.faults) for t in of_story)} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="how many processes are killed in all")
    parser.add_argument("--seed", type=int, default=0, help="where they are killed is drawn from it")
    parser.add_argument("--only", action="append", choices=list(STORIES), help="repeatable; default: all")
    parser.add_argument("--folder", type=Path, default=Path("kills"), help="what differed is kept here")
    asked = parser.parse_args()
    names = asked.only or list(STORIES)
    with tempfile.TemporaryDirectory(prefix="garrison-kills-") as folder:
        environment = {**os.environ, "GARRISON_DATA": folder}
        with bench(Path(folder), environment) as place:
            known = {}
            for name in names:
                whole = place.unbroken(name)
                known[name] = (sum(whole.seconds), len(whole.made))
                print(f"{name}: unbroken in {sum(whole.seconds):.1f} s, {len(whole.made)} files", flush=True)
            trials = tell(place, names, kills=asked.kills, seed=asked.seed, keep=asked.folder)
    print(table(trials, known))
    return 1 if any(trial.faults for trial in trials) else 0


if __name__ == "__main__":
    sys.exit(main())
