"""What models said of the records that are asked about: collected once, so that every attack is plain arithmetic."""

from dataclasses import dataclass

import numpy as np

from garrison.attacks.privacy.interface import Bools, Floats


@dataclass(frozen=True)
class Signals:
    """Log-odds of the truth of ``n`` records, by the attacked model and by ``k`` shadow models.

    ``target`` is float64 ``(n,)`` and ``member``, bool ``(n,)``, says which records that model learnt from.
    ``shadows`` is ``(k, n)``, and ``inside``, bool ``(k, n)``, which records each shadow learnt from.
    """

    target: Floats
    member: Bools
    shadows: Floats
    inside: Bools

    @property
    def fewest(self) -> int:
        """How many shadows at least learnt from a record, and how many did not: the lesser of both."""
        if not len(self.shadows):
            return 0
        within = self.inside.sum(axis=0)
        return int(np.minimum(within, len(self.inside) - within).min())


def strangeness(signals: Signals) -> float:
    """How far the model stands from shadows that, like it, have not seen a record: the median, in deviations.

    Far from 0, the shadows were trained in another way than the model was. 0 where there are too few shadows.
    """
    if signals.fewest < 2:
        return 0.0
    outside = np.where(signals.inside, np.nan, signals.shadows)[:, ~signals.member]
    spread = np.nanstd(outside, axis=0, ddof=1)
    apart = signals.target[~signals.member] - np.nanmean(outside, axis=0)
    usual = float(np.sqrt(np.mean(np.square(spread))))
    return float(np.median(apart)) / max(usual, 1e-9) if np.abs(apart).max(initial=0) > 1e-9 else 0.0
