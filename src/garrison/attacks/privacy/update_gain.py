"""Membership from an update: did one party's training make the model surer of this record?

What a curious server sees of a round are the weights that it sent and those that came back. A record that the party
has gains by its training, one that nobody has does not (Nasr, Shokri and Houmansadr, S&P 2019, in its simplest form:
the gain in place of a trained attack).
"""

from typing import ClassVar

from garrison.attacks.privacy.interface import Floats


class UpdateGain:
    """The log-odds of the truth after a party's training, less those before it.

    >>> import numpy as np
    >>> UpdateGain().scores(np.array([0.5, 2.0]), np.array([1.5, 2.0])).tolist()
    [1.0, 0.0]
    """

    name: ClassVar[str] = "update_gain"
    knowledge: ClassVar[str] = (
        "the weights that a party was sent and those that it sent back; the records asked about"
    )

    def scores(self, before: Floats, after: Floats) -> Floats:
        """Log-odds gained, float64 ``(n,)``, from those of the model before and after, ``(n,)`` each."""
        return after - before
