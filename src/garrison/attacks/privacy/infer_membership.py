"""The membership attacks by name, and all of them run on what the models said."""

from collections.abc import Sequence

from garrison.attacks.privacy.flags import of_attacks
from garrison.attacks.privacy.found_members import FALSE_POSITIVE_RATES, FoundMembers, found_members
from garrison.attacks.privacy.lira import Lira, LiraOffline
from garrison.attacks.privacy.loss_threshold import LossThreshold
from garrison.attacks.privacy.membership import MembershipAttack
from garrison.attacks.privacy.signals import Signals

MEMBERSHIP_ATTACKS: dict[str, MembershipAttack] = {
    attack.name: attack for attack in (LossThreshold(), Lira(), LiraOffline())
}
"""The membership attacks by name."""


def infer_membership(
    signals: Signals,
    attacks: Sequence[str] = (),
    *,
    fprs: Sequence[float] = FALSE_POSITIVE_RATES,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[FoundMembers, ...]:
    """What each of ``attacks`` (none: all) finds that has shadows enough; where none has, those that need none.

    Raises ``KeyError`` for a name that is not in ``MEMBERSHIP_ATTACKS``, and what ``found_members`` raises.

    >>> import numpy as np
    >>> member = np.arange(100) < 50
    >>> nothing = np.zeros((0, 100))
    >>> seen = Signals(np.where(member, 3.0, 1.0), member, nothing, nothing.astype(bool))
    >>> [(each.attack, each.auc.value) for each in infer_membership(seen)]
    [('loss_threshold', 1.0)]
    """
    asked = [MEMBERSHIP_ATTACKS[name] for name in dict.fromkeys(attacks or MEMBERSHIP_ATTACKS)]
    can = [attack for attack in asked if attack.fewest <= signals.fewest]
    found = [
        found_members(
            attack.name,
            attack.knowledge,
            attack.scores(signals),
            signals.member,
            shadows=len(signals.shadows) if attack.fewest else 0,
            fprs=fprs,
            seed=seed,
            level=level,
        )
        for attack in can or [each for each in MEMBERSHIP_ATTACKS.values() if not each.fewest]
    ]
    return of_attacks(found)
