"""When the result of stealing should not be believed, and why: each flag is explained on the page of stealing."""

from collections.abc import Sequence
from dataclasses import replace

from garrison.attacks.flag import Flag
from garrison.attacks.stealing.result import Copy, StealingResult

FEWEST = 50
"""Held-out events of either verdict below which an agreement says little."""

TOO_FEW = "too_few_samples"
CUT = "cut"
MAJORITY = "no_better_than_majority"
ONE_ANSWER = "one_answer"
FEWER_QUERIES = "fewer_queries"

NAMES = (TOO_FEW, CUT, MAJORITY, ONE_ANSWER, FEWER_QUERIES)


def flagged(result: StealingResult) -> StealingResult:
    """The result with the flags that its own figures raise."""
    found: list[Flag] = []
    least = min(result.flagged, result.held_out - result.flagged)
    if least < FEWEST:
        found.append(Flag(TOO_FEW, f"{least} held-out events have the rarer verdict, fewer than {FEWEST}"))
    if result.cut:
        found.append(
            Flag(CUT, f"the time was over after {result.seconds:.0f} s; more queries were not tried")
        )
    same = [copy for copy in result.copies if copy.one_answer]
    if same:
        found.append(Flag(ONE_ANSWER, f"all answers were the same verdict: {_named(same)}"))
    blind = [copy for copy in result.copies if copy not in same and (copy.lift is None or copy.lift.low <= 0)]
    if blind:
        why = f"the interval of what it is above {result.majority:.3f} reaches 0: {_named(blind)}"
        found.append(Flag(MAJORITY, why))
    short = sorted({(copy.wanted, copy.queries) for copy in result.copies if copy.queries < copy.wanted})
    for wanted, asked in short:
        found.append(
            Flag(FEWER_QUERIES, f"{asked:,} of {wanted:,} queries were asked: there were no more events")
        )
    return replace(result, flags=tuple(found))


def _named(copies: Sequence[Copy]) -> str:
    return ", ".join(f"{copy.family} of {copy.queries:,}" for copy in copies)
