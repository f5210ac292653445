"""Membership inference: was this record among those that the model learnt from?"""

from typing import ClassVar, Protocol

from garrison.attacks.privacy.interface import Floats
from garrison.attacks.privacy.signals import Signals


class MembershipAttack(Protocol):
    """An attacker who gives every record a number: the greater, the likelier it was learnt from."""

    name: ClassVar[str]
    knowledge: ClassVar[str]
    fewest: ClassVar[int]
    """Shadows that must have learnt from each record, and as many that must not have."""

    def scores(self, signals: Signals) -> Floats:
        """One finite number a record, shape ``(n,)``; nothing but ``signals.member`` may stay unused."""
