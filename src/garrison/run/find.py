"""From what a person calls a run to its folder."""

from pathlib import Path

from garrison.errors import UsageError
from garrison.run.folder import list_runs


def find_run(root: Path, name: str) -> Path:
    """The folder of the run ``name`` under ``root``; ``latest`` is the one that started last.

    Raises ``UsageError``, which lists the newest runs, when there is none of that name.

    >>> import tempfile
    >>> from garrison.run.folder import RunFolder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = RunFolder.create(Path(folder), pipeline="phishing", name="first")
    ...     find_run(Path(folder), "latest").name
    'first'
    """
    known = [record.id for record in list_runs(root)]
    if name == "latest" and known:
        return root / known[0]
    if name in known:
        return root / name
    raise UsageError(
        "there is no run yet" if not known else f"there is no run {name!r}",
        where=str(root),
        expected=f"one of: {', '.join(known[:8])}" if known else "a run",
        remedy="list the runs with `garrison runs list`, or name their folder with --workspace",
    )
