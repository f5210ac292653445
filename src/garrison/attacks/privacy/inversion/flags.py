"""When records made of a model, or what is measured of them, should not be believed."""

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.interface import Floats

NAMES = ("zero_gradients", "not_sure", "cut", "not_above_the_baseline")
SURE = 0.5


def of_run(confidence: Floats, *, still: int = 0, cut: int | None = None) -> tuple[Flag, ...]:
    """What a run itself says: for ``still`` classes the slopes were 0, and it was ``cut`` after so many iterations."""
    flags = []
    if still:
        flags.append(
            Flag(
                "zero_gradients",
                f"for {still} of {len(confidence)} classes the model had no slope to go along: saturated, or masked",
            )
        )
    unsure = int((confidence < SURE).sum())
    if unsure:
        flags.append(
            Flag(
                "not_sure",
                f"of {unsure} of {len(confidence)} classes the model itself does not believe the record",
            )
        )
    if cut is not None:
        flags.append(Flag("cut", f"the budget was spent after {cut:,} iterations"))
    return tuple(flags)
