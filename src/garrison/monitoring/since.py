"""From when on: a time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from garrison.errors import UsageError

_AGO = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_since(text: str, *, now: datetime | None = None) -> datetime:
    """The time that ``text`` names, in UTC: ISO 8601 (without a zone it is UTC), or so long ago, as 30m, 24h, 7d, 2w.

    >>> parse_since("24h", now=datetime(2026, 3, 2, tzinfo=UTC)).isoformat()
    '2026-03-01T00:00:00+00:00'
    >>> parse_since("2026-03-01T12:00:00+02:00").isoformat()
    '2026-03-01T10:00:00+00:00'
    """
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return (now or datetime.now(UTC)) - timedelta(seconds=int(ago["count"]) * _SECONDS[ago["unit"]])
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"not a time: {text!r}",
            where="--since",
            expected="a time as 2026-03-01T12:00:00Z, or how long ago, as 24h or 7d",
        ) from None
