"""Which facts about a source's recent past are wanted: the windows of a features file."""

from dataclasses import dataclass

from garrison.errors import SchemaError

LONGEST = 31 * 24 * 3600
"""Seconds of the longest window."""


@dataclass(frozen=True)
class Windows:
    """For each event, what its ``source`` did in the last so many ``seconds`` before it.

    Counted are the source's events, the distinct values of each column of ``distinct``, the sum of each
    column of ``sums``, and how often each column of ``failures`` was true. ``SchemaError`` when a window
    is shorter than a second or longer than 31 days, or when two numbers would get one name.

    >>> Windows("src_ip", (10,), distinct=("dst_port",), sums=("payload_len",), failures=("failed",)).names
    ('past_10s_events', 'past_10s_distinct_dst_port', 'past_10s_sum_payload_len', 'past_10s_failed')
    """

    source: str
    seconds: tuple[int, ...]
    distinct: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.seconds or any(not 1 <= seconds <= LONGEST for seconds in self.seconds):
            raise SchemaError(
                f"the windows are {list(self.seconds)} seconds",
                where="windows",
                expected=f"at least one window, each of 1 to {LONGEST:,} seconds",
            )
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SchemaError(
                "the windows give a number twice: " + ", ".join(twice[:10]),
                where="windows",
                expected="every window and every column once",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the derived columns, window by window."""
        return tuple(
            f"past_{seconds}s_{what}"
            for seconds in self.seconds
            for what in (
                "events",
                *(f"distinct_{column}" for column in self.distinct),
                *(f"sum_{column}" for column in self.sums),
                *self.failures,
            )
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked at, besides the source and the time, each once."""
        return tuple(dict.fromkeys((*self.distinct, *self.sums, *self.failures)))
