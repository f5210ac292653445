"""Reasons to read the table with care."""

from garrison.pipelines.federating.data import LEAST_APART, Sides
from garrison.pipelines.federating.inversion import InvertedModels
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.updates import InvertedUpdates

GOOD_EVALUATOR = 0.9


def caveats_of(
    settings: FederatedSettings,
    sides: Sides,
    updates: InvertedUpdates | None,
    inverted: InvertedModels | None,
) -> tuple[str, ...]:
    """Each in a sentence."""
    found = []
    if settings.seeds < 5:
        found.append(f"{settings.seeds} seed(s): intervals over fewer than five say little")
    if settings.attacks.membership is not None:
        found.append(
            f"each model learns from half of the pool, {len(sides.pool_y) // 2:,} images, so that the other half can "
            "be asked about: accuracy is that of so many images, and membership shows more with fewer"
        )
        found.append(
            f"membership has {settings.seeds - 1} shadow models a model; more would find more, the more so at few "
            "false accusations"
        )
    if updates is not None:
        images, epochs = updates.headline
        found.append(
            f"updates are attacked where that is easiest: the first round of a party that has one batch of {images} "
            f"image(s) and trains {epochs} epoch(s); a party with many batches gives less away"
        )
        found.append(
            "behind secure aggregation an update is a mean over several parties: what is recovered of it is somebody's "
            "image, and not known whose"
        )
    if inverted is not None and inverted.evaluator_accuracy < GOOD_EVALUATOR:
        found.append(
            f"the evaluator of drawn images is right about {inverted.evaluator_accuracy:.0%} of real ones only"
        )
    if inverted is not None and len(sides.apart_y) < LEAST_APART:
        found.append("the evaluator learnt from test images, for want of others")
    if any(cell.way == "private" for cell in settings.cells):
        found.append(
            "the noise of differential privacy was drawn from the seed, so that the run can be made again: whoever "
            "knows the seed can take it away"
        )
        found.append(
            f"ε is for one record of one party at δ = {settings.private.delta:g}, over all rounds; clipping norm and "
            "learning rate were not charged to it"
        )
    return tuple(found)
