"""Lets every pipeline run on a disk that fills up at a random point, makes room, starts it again, and compares.

    python tests/support/full_disk.py --times 30 --seed 0

The disk is a true file system in memory (tmpfs) of a random size, mounted where the pipeline writes: whoever may not
mount one runs it inside ``unshare --user --map-root-user --mount``. A pipeline has to end with exit code 11, leave
nothing half-made under its own name, and make what an unbroken run makes once it is started again with room. Prints a
table and ends with 1 when anything differed.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from faults.small_disk import can_mount
from faults.stories import STORIES
from faults.trials import Trial, bench

NOT_ALLOWED = (
    "no file system can be mounted here; begin the command with: unshare --user --map-root-user --mount"
)


def table(trials: Sequence[Trial]) -> str:
    """A row a story: how often it ran, how often the disk was full, and what differed."""
    lines = [
        "| what runs out of disk | runs | disks that were full | runs that differ |",
        "| --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(trial.story for trial in trials):
        of_story = [trial for trial in trials if trial.story == name]
        full = sum(trial.full for trial in of_story)
        lines.append(f"| {name} | {len(of_story)} | {full} | {sum(bool(each.faults) for each in of_story)} |")
    return "\n".join(lines)


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=30, help="how many disks are full in all")
    parser.add_argument("--seed", type=int, default=0, help="how large they are is drawn from it")
    parser.add_argument("--only", action="append", choices=list(STORIES), help="repeatable; default: all")
    asked = parser.parse_args()
    if not can_mount():
        print(NOT_ALLOWED, file=sys.stderr)
        return 2
    names, draws, trials = asked.only or list(STORIES), random.Random(asked.seed), list[Trial]()
    with (
        tempfile.TemporaryDirectory(prefix="garrison-full-") as folder,
        bench(Path(folder), {**os.environ, "GARRISON_DATA": folder}) as place,
    ):
        while sum(trial.full for trial in trials) < asked.times:
            trial = place.starved(names[len(trials) % len(names)], draws=draws)
            trials.append(trial)
            verdict = "; ".join(trial.faults) or "the same bytes"
            print(f"{trial.story}: {'full' if trial.full else 'room enough'}: {verdict}", flush=True)
    print(table(trials))
    return 1 if any(trial.faults for trial in trials) else 0


if __name__ == "__main__":
    sys.exit(main())
