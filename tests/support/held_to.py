"""What is held of whoever reads what may be hostile: an answer or an error of ours, in little time and memory."""

import contextlib
import os
import resource
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, assume, settings

from garrison.detection.integrity import write_sealed
from garrison.errors import GarrisonError, ModelError

EXAMPLES = int(os.environ.get("GARRISON_FUZZ_EXAMPLES", "0"))
"""Examples a test, of `make fuzz`; without it each test has its own few, the same in every run."""

PROCESSOR_SECONDS = 20.0
MORE_BYTES = 1 << 30


def examples(few: int, *, share: float = 1.0) -> settings:
    """How a fuzz test is run: ``few`` examples in the suite, the ``share`` of what is asked for by `make fuzz`."""
    return settings(
        max_examples=max(few, int(EXAMPLES * share)),
        deadline=None,
        database=None,
        derandomize=not EXAMPLES,
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def sealed_anew(folder: Path, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> None:
    """Write damaged files and facts with digests that are right; what no manifest can hold is no example."""
    try:
        write_sealed(folder, files, facts)
    except ModelError:
        assume(False)


class TooLong(BaseException):
    """More processor time than any small input is worth."""


def refused_or(read: Callable[[], Any]) -> Any:
    """What ``read`` gives, None where it raises an error of ours; anything else is the fault that is looked for.

    Takes more than 20 s of processor time, or 1 GiB more memory: a fault as well.
    """
    refusal = None
    with limited():
        try:
            return read()
        except GarrisonError as error:
            refusal = error
    assert refusal.what
    assert not any(isinstance(each, MemoryError) for each in _causes(refusal)), "it asked for too much memory"
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """At most so much processor time and address space more; what wants more gets ``TooLong`` or ``MemoryError``."""

    def stop(_signal: int, _frame: object) -> None:
        raise TooLong(f"it took more than {PROCESSOR_SECONDS:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + MORE_BYTES, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, PROCESSOR_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGVTALRM, before)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 (a file of the kernel)
        return int(file.read().split()[0]) * resource.getpagesize()
