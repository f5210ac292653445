"""When a result should not be believed, and why: each flag is explained on the page of attacks."""

from collections.abc import Sequence
from dataclasses import replace

from garrison.attacks.evasion.result import AttackResult
from garrison.attacks.evasion.units import OWN
from garrison.attacks.flag import Flag

FEWEST = 50
"""Attacked events below which a share says little: at 50 its 95 % interval may be 28 points wide."""

TOO_FEW = "too_few_samples"
CUT = "cut"
LEFT_OUT = "many_left_out"
ZERO_GRADIENTS = "gradients_are_zero"
NO_START = "no_start"
POOR_COPY = "poor_copy"
BLACK_BEATS_WHITE = "black_box_beats_white_box"
OWN_UNITS = "own_units"

NAMES = (TOO_FEW, CUT, LEFT_OUT, ZERO_GRADIENTS, NO_START, POOR_COPY, BLACK_BEATS_WHITE, OWN_UNITS)


def of_one(result: AttackResult) -> AttackResult:
    """The result with the flags that its own figures raise."""
    flags = {flag.name: flag for flag in result.flags if flag.name not in (TOO_FEW, CUT, LEFT_OUT, OWN_UNITS)}
    count = len(result.attacked)
    if count < FEWEST:
        flags[TOO_FEW] = Flag(TOO_FEW, f"{count} events were attacked, fewer than {FEWEST}")
    if result.cut:
        flags[CUT] = Flag(CUT, f"the time was over after {result.seconds:.0f} s; this is the best so far")
    if result.left_out > 0.1 * max(count, 1):
        why = f"{result.left_out} flagged events were left out ({result.left_out_as}), beside {count} attacked ones"
        flags[LEFT_OUT] = Flag(LEFT_OUT, why)
    if result.units == OWN:
        flags[OWN_UNITS] = Flag(
            OWN_UNITS, "costs are in standard deviations of the attacked data, not of training"
        )
    return replace(result, flags=tuple(flags.values()))


def of_all(results: Sequence[AttackResult], *, white: Sequence[str]) -> tuple[AttackResult, ...]:
    """The results with the flag that only comparing raises: a black box that did better than the best white box.

    ``white`` names the attacks that know the model. Better is more than what two of its events make.
    """
    best = min((each.detection_after for each in results if each.attack in white), default=None)
    found = []
    for each in results:
        flags = tuple(flag for flag in each.flags if flag.name != BLACK_BEATS_WHITE)
        slack = 2 / max(len(each.outcomes), 1)
        if best is not None and each.attack in white:
            blind = [one for one in results if one.attack not in white]
            better = [one for one in blind if one.detection_after < each.detection_after - slack]
            if better and each.detection_after <= best:
                other = better[0]
                why = f"{other.attack} leaves {other.detection_after:.3f} detected, this {each.detection_after:.3f}"
                flags = (*flags, Flag(BLACK_BEATS_WHITE, why))
        found.append(replace(each, flags=flags))
    return tuple(found)
