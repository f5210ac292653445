"""Rounds as people read them: cells of a table, or a line."""

from garrison.federated.rounds import Round

COLUMNS = (
    "round",
    "loss",
    "accuracy",
    "parties",
    "sent",
    "received",
    "seconds",
    "epsilon",
    "lost or refused",
)


def round_line(one: Round, *, of: int) -> str:
    """A round in one line, without what there is nothing to tell of.

    >>> round_line(Round(number=3, loss=0.51, accuracy=0.87, seconds=2.0, asked=4, answered=3), of=5)
    'round 3/5; loss 0.5100; accuracy 0.8700; parties 3 of 4; sent 0 B; received 0 B; seconds 2.0'
    """
    told = zip(COLUMNS, round_cells(one, of=of), strict=True)
    return "; ".join(f"{name} {cell}" for name, cell in told if cell)


def round_cells(one: "Round", *, of: int) -> list[str]:
    """A round as text, cell by cell as in ``COLUMNS``; empty where there is nothing to tell."""
    return [
        f"{one.number}/{of}",
        f"{one.loss:.4f}" if one.loss is not None else "",
        f"{one.accuracy:.4f}" if one.accuracy is not None else "",
        f"{one.answered} of {one.asked}",
        _bytes(one.bytes_sent),
        _bytes(one.bytes_received),
        f"{one.seconds:.1f}",
        f"{one.epsilon:.2f}" if one.epsilon is not None else "",
        "; ".join(f"{each.party}: {each.reason}" for each in one.refused),
    ]


def _bytes(count: int) -> str:
    """A number of bytes for people.

    >>> _bytes(512), _bytes(6_653_480)
    ('512 B', '6.7 MB')
    """
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
