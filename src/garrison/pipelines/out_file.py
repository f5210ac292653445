"""The file that a command is to make, checked before anything is measured."""

from pathlib import Path

from garrison.errors import UsageError


def check_out(out: Path | None, *read: str | Path | None) -> None:
    """``UsageError`` where ``out`` is a folder, or one of the files that are ``read``."""
    if out is None:
        return
    if out.is_dir() or not out.name:
        raise UsageError(
            "a folder cannot be the file of results",
            where=f"--out {out}",
            expected="the name of a file to make",
            remedy=f"name one in it: {out / 'results.json'}",
        )
    for each in read:
        if each is not None and out.exists() and Path(each).exists() and out.samefile(each):
            raise UsageError(
                "the results would be written over the data",
                where=f"--out {out}",
                expected="another file than those that are read",
            )
