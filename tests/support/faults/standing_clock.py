"""A clock that stands still, so that what two processes wrote can be compared byte for byte."""

import itertools
import sys
import time
from datetime import UTC, datetime, tzinfo
from typing import Any

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_TICK_S = 2.0**-10


class _SameDay(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class _StandingDatetime(datetime, metaclass=_SameDay):
    """The true class but for ``now``."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return _NOON.astimezone(tz)


class _CountedTime:
    """The module ``time``, whose stop watches advance by one tick whenever they are looked at."""

    def __init__(self) -> None:
        self._looks = itertools.count()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def perf_counter(self) -> float:
        return next(self._looks) * _TICK_S

    monotonic = perf_counter

    def perf_counter_ns(self) -> int:
        return int(self.perf_counter() * 1e9)


def stand_still() -> None:
    """Let every module of Garrison that is imported by now look at this clock alone."""
    watch = _CountedTime()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "garrison":
            continue
        if getattr(module, "time", None) is time:
            module.time = watch  # type: ignore[attr-defined]
        if getattr(module, "datetime", None) is datetime:
            module.datetime = _StandingDatetime  # type: ignore[attr-defined]
