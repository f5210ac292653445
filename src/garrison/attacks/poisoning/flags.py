"""When the result of poisoning should not be believed, and why: each flag is explained on the page of poisoning."""

from dataclasses import replace

from garrison.attacks.flag import Flag
from garrison.attacks.poisoning.result import PoisoningResult

FEWEST = 50
"""Flagged test events below which a share of them says little."""
LEAST_AGREEMENT = 0.95
MOST_KNOWN = 0.01
MOST_LEFT_OUT = 0.1
MOST_CONTROL = 0.1
LEAST_ROWS = 5

TOO_FEW = "too_few_samples"
CUT = "cut"
OTHER_MODEL = "other_model"
KNOWN_BEFORE = "test_in_training"
LEFT_OUT = "many_left_out"
PASSES_ANYWAY = "trigger_passes_anyway"
FEW_POISONED = "few_poisoned"
NOT_ENOUGH = "not_enough_rows"

NAMES = (TOO_FEW, CUT, OTHER_MODEL, KNOWN_BEFORE, LEFT_OUT, PASSES_ANYWAY, FEW_POISONED, NOT_ENOUGH)


def flagged(result: PoisoningResult) -> PoisoningResult:
    """The result with the flags that its own figures raise."""
    found: list[Flag] = []

    def raise_(name: str, why: str) -> None:
        found.append(Flag(name, why))

    told = [point.flagged for point in result.points if point.flagged is not None]
    count = min(told) if told else min(result.malicious, result.test_rows - result.malicious)
    if count < FEWEST:
        what = "flagged test events could carry the trigger" if told else "test rows of one class"
        raise_(TOO_FEW, f"{count} {what}, fewer than {FEWEST}")
    if result.cut:
        raise_(CUT, f"the time was over after {result.seconds:.0f} s; larger shares were not tried")
    if result.agreement < LEAST_AGREEMENT:
        raise_(
            OTHER_MODEL,
            f"made again from these rows, unpoisoned, the detector agrees with the given one on {result.agreement:.1%}",
        )
    if result.known_before > MOST_KNOWN:
        raise_(KNOWN_BEFORE, f"{result.known_before:.1%} of the test rows are equal to training rows")
    if result.test_left_out > MOST_LEFT_OUT * max(result.malicious, 1):
        raise_(
            LEFT_OUT,
            f"{result.test_left_out} of {result.malicious} malicious test events cannot carry the trigger",
        )
    controls = [point.control.value for point in result.points if point.control is not None]
    if controls and max(controls) > MOST_CONTROL:
        raise_(
            PASSES_ANYWAY,
            f"with the trigger on, {max(controls):.1%} pass the unpoisoned detector; believe the gain, not the success",
        )
    for point in result.points:
        wanted = round(point.share * point.rows)
        if point.poisoned < wanted:
            raise_(
                NOT_ENOUGH,
                f"at a share of {point.share:g}, {point.poisoned} of {wanted} rows could be poisoned",
            )
        elif point.share and point.poisoned < LEAST_ROWS:
            raise_(FEW_POISONED, f"at a share of {point.share:g}, {point.poisoned} rows were poisoned")
    return replace(result, flags=tuple(found))
