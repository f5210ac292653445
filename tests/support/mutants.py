"""Would the tests notice? Lines of a room are changed, one at a time, and its tests run against each change.

    make mutants ROOM=evaluation SAMPLE=140
    python tests/support/mutants.py --room ciphers --sample 20 --seed 1 --cosmic-ray .venv-mutants/bin/cosmic-ray

The changes are those of cosmic-ray (an operator for another, a number one off, a condition turned round), a random
sample of all of them; the tests are those of the room and the examples in its docstrings. They run in a copy of the
last commit, so that the tree may be worked on meanwhile. Prints each change that no test noticed, to be looked at, and
how many there were; what it has found so far is kept in --folder, and gone on with.
"""

import argparse
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = """[cosmic-ray]
module-path = "src/garrison/{room}"
timeout = 240.0
excluded-modules = []
test-command = "env PYTHONPATH={copy}/src {python} -m pytest -x -q -p no:cacheprovider --tb=line {tests}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.operators-filter]
exclude-operators = ["core/ReplaceBinaryOperator_BitOr_.*"]
"""
"""A ``|`` in this project is most often between types, where nothing depends on it."""


def main() -> int:
    """Make the sample, try what is left of it, and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--room", required=True, help="a folder of src/garrison, such as evaluation")
    parser.add_argument("--sample", type=int, default=140)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cosmic-ray", default="cosmic-ray", help="where the program is")
    parser.add_argument("--folder", type=Path, default=None, help="default: .mutants_cache/ROOM")
    options = parser.parse_args()
    program = str(Path(options.cosmic_ray).absolute()) if "/" in options.cosmic_ray else options.cosmic_ray
    folder = (options.folder or ROOT / ".mutants_cache" / options.room).absolute()
    session = folder / "session.sqlite"
    copy = folder / "copy"
    if not session.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
        tests = [f"tests/{options.room}", f"src/garrison/{options.room}"]
        (folder / "settings.toml").write_text(
            SETTINGS.format(room=options.room, copy=copy, python=sys.executable, tests=" ".join(tests)),
            encoding="utf-8",
        )
        subprocess.run([program, "init", "../settings.toml", str(session)], cwd=copy, check=True)
        operators = (
            Path(program).with_name("cr-filter-operators") if "/" in program else "cr-filter-operators"
        )
        subprocess.run([str(operators), str(session), "../settings.toml"], cwd=copy, check=True)
        _draw(session, options.sample, random.Random(options.seed))
    subprocess.run(["git", "checkout", "--quiet", "--", "src"], cwd=copy, check=True)
    subprocess.run([program, "exec", "../settings.toml", str(session)], cwd=copy, check=True)
    return _tell(session)


def _draw(session: Path, sample: int, draws: random.Random) -> None:
    """Leave so many changes of those that are to be tried."""
    with closing(sqlite3.connect(session)) as kept:
        skipped = {job for (job,) in kept.execute("SELECT job_id FROM work_results")}
        jobs = sorted(job for (job,) in kept.execute("SELECT job_id FROM work_items") if job not in skipped)
        left = {*draws.sample(jobs, min(sample, len(jobs)))}
        for table in ("work_results", "mutation_specs", "work_items"):
            others = [row for row in kept.execute(f"SELECT job_id FROM {table}") if row[0] not in left]
            kept.executemany(f"DELETE FROM {table} WHERE job_id = ?", others)
        kept.commit()


def _tell(session: Path) -> int:
    with closing(sqlite3.connect(session)) as kept:
        outcomes = dict(kept.execute("SELECT test_outcome, count(*) FROM work_results GROUP BY test_outcome"))
        survivors = kept.execute(
            "SELECT module_path, start_pos_row, operator_name, diff FROM work_results NATURAL JOIN mutation_specs "
            "WHERE test_outcome = 'SURVIVED' ORDER BY module_path, start_pos_row"
        ).fetchall()
    for path, line, operator, difference in survivors:
        print(f"{path}:{line} {operator}")
        print(
            *(each for each in difference.splitlines() if each[:1] in "+-" and each[1:2] not in "+-"),
            sep="\n",
        )
    print(", ".join(f"{outcome.lower()}: {count}" for outcome, count in sorted(outcomes.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
