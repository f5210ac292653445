"""What an attack made of an update: images, and how far they explain it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.interface import Ints


@dataclass(frozen=True, kw_only=True)
class Reconstructed:
    """Images made of one update, float32 ``(n, *shape)`` in the range of its values, and the class of each.

    A class is -1 where the attack does not tell it; ``labels_known`` says whether classes were given or guessed from
    the update too. ``mismatch`` is how far the gradient of these images is from the one seen: 1 less the cosine
    between both, 0 where it is explained wholly; None where classes are missing, so that there is no such gradient.
    """

    attack: str
    knowledge: str
    images: NDArray[np.float32]
    labels: Ints
    labels_known: bool
    mismatch: float | None
    iterations: int
    seconds: float
    flags: tuple[Flag, ...] = ()
