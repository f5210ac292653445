"""What a stream has done so far, as numbers and as lines a person reads."""

from dataclasses import asdict, dataclass, fields


@dataclass
class Counts:
    """How many events there were; ``already_there`` are verdicts that the sink had from before a break."""

    events: int = 0
    alerts: int = 0
    refused: int = 0
    late: int = 0
    scored_twice: int = 0
    already_there: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(
            **{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)}
        )

    def to_dict(self) -> dict[str, int]:
        """It as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Summary:
    """What a stream did: in this process, and since its state was made.

    ``seconds`` it ran, ``behind`` what is left at the source, ``why`` it stopped.
    """

    now: Counts
    whole: Counts
    seconds: float
    behind: str
    why: str

    def lines(self) -> list[str]:
        """The report at the end."""
        now, whole = self.now, self.whole

        def counted(number: int, of_all: int) -> str:
            return f"{number:,}" + (f" (since the stream began: {of_all:,})" if of_all != number else "")

        there = f", {now.already_there:,} of their verdicts stood in the sink" if now.already_there else ""
        return [
            f"ended: {self.why}",
            f"events:       {counted(now.events, whole.events)}",
            f"alerts:       {counted(now.alerts, whole.alerts)}",
            f"refused:      {counted(now.refused, whole.refused)}",
            f"late:         {counted(now.late, whole.late)}",
            f"scored twice: {counted(now.scored_twice, whole.scored_twice)}{there}",
            f"events/s:     {now.events / max(self.seconds, 1e-9):,.0f}",
            f"lag:          {self.behind or 'not known'}",
        ]


def progress_line(counts: Counts, *, per_second: float, behind: str) -> str:
    """The line every N seconds.

    >>> progress_line(Counts(events=1200, alerts=3), per_second=400, behind="0 bytes")
    '1,200 events, 3 alerts, 0 refused, 0 late, 0 scored twice, 400 events/s, lag 0 bytes'
    """
    lag = f", lag {behind}" if behind else ""
    return (
        f"{counts.events:,} events, {counts.alerts:,} alerts, {counts.refused:,} refused, {counts.late:,} late,"
        f" {counts.scored_twice:,} scored twice, {per_second:,.0f} events/s{lag}"
    )
