"""Which past behaviour of an event's source is added to it, and under which names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Windows:
    """What is counted, for each event, over the events of the same source in the seconds before it.

    ``source`` is the column that says who sent an event, ``seconds`` the lengths of the windows. Over each window
    events are counted, the distinct values of the columns ``distinct``, the sums of the integer columns ``sums``,
    and the true ones among the boolean columns ``failures``.

    >>> Windows("src_ip", (10,), distinct=("dst_port",), sums=("payload_len",), failures=("failed",)).names
    ('past_10s_events', 'past_10s_distinct_dst_port', 'past_10s_sum_payload_len', 'past_10s_failed')
    """

    source: str
    seconds: tuple[int, ...]
    distinct: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The derived columns, all of type int64, window by window."""
        return tuple(
            f"past_{length}s_{what}"
            for length in self.seconds
            for what in (
                "events",
                *(f"distinct_{column}" for column in self.distinct),
                *(f"sum_{column}" for column in self.sums),
                *self.failures,
            )
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is computed from, the source first."""
        return tuple(dict.fromkeys((self.source, *self.distinct, *self.sums, *self.failures)))
