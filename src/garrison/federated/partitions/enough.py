"""Whether there are records enough to deal out."""

from garrison.errors import UsageError


def check_enough(rows: int, parts: int, *, what: str = "parties") -> None:
    """Raise ``UsageError`` unless ``parts`` is at least 1 and at most ``rows``."""
    if not 1 <= parts <= rows:
        raise UsageError(
            f"{rows:,} records cannot be dealt to {parts:,} {what}",
            expected=f"1 to {rows:,} {what}",
            remedy="ask for fewer parties, or bring more records",
        )
