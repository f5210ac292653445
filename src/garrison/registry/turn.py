"""Writers of one model name wait for each other; the operating system frees the place of one that dies."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from garrison.errors import RegistryError, RunBusy
from garrison.files import output_errors
from garrison.run.lock import holder_of, in_turn


@contextlib.contextmanager
def alone(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock file at ``path``, waiting for it up to ``wait_s`` seconds, then ``RegistryError``."""
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(in_turn(path, wait_s=wait_s))
        except RunBusy as busy:
            raise RegistryError(
                f"another process is changing the versions of this model's name: {holder_of(path)}",
                where=str(path),
                expected=f"a turn to change this model within {wait_s:g} s",
                remedy="try again when the other one has finished",
            ) from busy
        yield
