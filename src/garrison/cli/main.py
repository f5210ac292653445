"""The entry point: runs a command and turns every way to fail into a few clear lines and an exit code."""

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import click
import typer

from garrison.cli.app import app
from garrison.errors import GarrisonError
from garrison.run.logs import redact

FAULT_OF_OURS = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
STOPPED = """garrison: interrupted; what was finished is kept
  to do: a run goes on with `garrison run … --resume latest`"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def run_command(arguments: list[str]) -> int:
    """Run one command; returns the exit code and never raises."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        result = typer.main.get_command(app).main(arguments, prog_name="garrison", standalone_mode=False)
        if result == INTERRUPTED:
            _say(STOPPED)
        return result if isinstance(result, int) else 0
    except GarrisonError as error:
        _say(f"garrison: {redact(str(error))}")
        return error.exit_code
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    except (KeyboardInterrupt, click.Abort):
        _say(STOPPED)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception:
        return _own_fault()


def _own_fault() -> int:
    handle, name = tempfile.mkstemp(prefix="garrison-crash-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(redact(traceback.format_exc()))
    reason = traceback.format_exc().strip().splitlines()[-1]
    _say(f"garrison: a fault of Garrison's own: {redact(reason)}\n  details: {Path(name)}")
    _say("  to do: please report it with that file")
    return FAULT_OF_OURS


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
