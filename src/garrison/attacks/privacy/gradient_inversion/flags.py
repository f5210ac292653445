"""When images made of an update, or what is measured of them, should not be believed."""

from dataclasses import replace

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate

NAMES = (
    "zero_update",
    "unmatched",
    "not_taken_apart",
    "one_gradient",
    "guessed_labels",
    "fewer_images",
    "cut",
    "no_better_than_the_mean",
)
MOST_MISMATCH = 0.1


def of_reconstruction(
    found: Reconstructed, update: SeenUpdate, *, cut: bool, one_gradient: bool, taken_apart: bool = True
) -> Reconstructed:
    """``found``, with what speaks against it.

    ``one_gradient`` where local steps were not gone through; ``taken_apart`` unless the first layer was tried in
    vain.
    """
    flags = []
    if all(not each.any() for each in update.gradient.values()):
        flags.append(Flag("zero_update", "nothing was changed by the party: there is nothing to invert"))
    elif found.mismatch is not None and found.mismatch > MOST_MISMATCH:
        flags.append(
            Flag(
                "unmatched",
                f"these images have a gradient at a cosine of {1 - found.mismatch:.3f} to the one seen: they do not "
                "explain it, and a longer or a better search might",
            )
        )
    elif not taken_apart:
        flags.append(
            Flag(
                "not_taken_apart",
                f"the {update.examples:,} inputs of the first dense layer were not found: single neurons show these",
            )
        )
    if one_gradient and update.how.steps > 1:
        flags.append(
            Flag(
                "one_gradient", f"{update.how.steps} local steps were taken for one, the mean over their way"
            )
        )
    if not found.labels_known and update.examples > 1 and (found.labels >= 0).all():
        flags.append(Flag("guessed_labels", "how many examples there are of each class was guessed"))
    if len(found.images) < update.examples:
        flags.append(
            Flag("fewer_images", f"{len(found.images):,} images stand for {update.examples:,} examples")
        )
    if cut:
        flags.append(Flag("cut", f"the seconds were over after {found.iterations:,} iterations"))
    return replace(found, flags=(*found.flags, *flags))
