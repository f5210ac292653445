"""The entry point: runs a command and turns every way to fail into a few clear lines and an exit code."""

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path

import click
import typer

from garrison.cli.app import app
from garrison.cli.numbers import refuse_nan
from garrison.errors import GarrisonError

FAULT_OF_OURS = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
STOPPED = """garrison: interrupted; what was finished is kept
  to do: a run goes on with `garrison run … --resume latest`, anything else when the same command is given again"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def run_command(arguments: list[str]) -> int:
    """Run one command; returns the exit code and never raises."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        result = refuse_nan(typer.main.get_command(app)).main(
            arguments, prog_name="garrison", standalone_mode=False
        )
        if result == INTERRUPTED:
            _say(STOPPED)
        return result if isinstance(result, int) else 0
    except GarrisonError as error:
        _say(f"garrison: {_redacted(str(error))}")
        return error.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    except (KeyboardInterrupt, click.Abort):
        return _stopped()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        return _stopped() if _was_interrupted(error) else _own_fault(error)


def _stopped() -> int:
    threading.excepthook = _unheard
    _say(STOPPED)
    return INTERRUPTED


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether a library that was being imported made an error of its own of the interruption."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def _own_fault(fault: Exception) -> int:
    details = _redacted("".join(traceback.format_exception(fault)))
    _say(f"garrison: a fault of Garrison's own: {details.strip().splitlines()[-1]}")
    try:
        path = _written(details)
    except OSError as error:
        place = traceback.extract_tb(fault.__traceback__)[-1]
        _say(
            f"  details: cannot be written ({error.strerror}); it came from {place.filename} line {place.lineno}"
        )
        _say("  to do: make room in the temporary folder, run it again, and report it with the file it names")
    else:
        _say(f"  details: {path}\n  to do: please report it with that file")
    return FAULT_OF_OURS


def _written(details: str) -> Path:
    """A new file that holds ``details``; ``OSError`` when the temporary folder is full or cannot be written."""
    handle, name = tempfile.mkstemp(prefix="garrison-crash-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(details)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return path


def _unheard(_: threading.ExceptHookArgs) -> None:
    """Nothing is said of threads that fail because the workers they speak to have been stopped."""


def _as_interrupt(_signal: int, _frame: object) -> None:
    threading.excepthook = _unheard
    raise KeyboardInterrupt


def _redacted(text: str) -> str:
    from garrison.run.logs import redact  # half of the start of a command that needs no run

    return redact(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
