"""The defences by the names that settings and commands call them, in the order in which they are applied."""

import difflib
from collections.abc import Mapping
from typing import Any

from garrison.defences.adversarial_training import AdversarialTraining
from garrison.defences.defence import Defence
from garrison.defences.monotone import Monotone
from garrison.defences.rejection import Rejection
from garrison.defences.robust_features import RobustFeatures
from garrison.defences.sanitising import Sanitising
from garrison.errors import SettingsError

DEFENCES: dict[str, type[Defence]] = {
    each.name: each for each in (Sanitising, RobustFeatures, Monotone, Rejection, AdversarialTraining)
}
"""The defences by name, in the order in which they are applied."""
"""Rows first, then features, then the shape of the model, then its screen; the attacker comes last and meets all."""


def named(name: str, params: Mapping[str, Any] | None = None) -> Defence:
    """The defence of that name with these parameters.

    >>> named("monotone").does
    'never lowers the score for what an attacker can only raise'

    Raises ``SettingsError`` for a name or a parameter that is not known.
    """
    if name not in DEFENCES:
        near = difflib.get_close_matches(name, DEFENCES, n=1)
        raise SettingsError(
            f"there is no defence {name!r}",
            expected="one of " + ", ".join(DEFENCES),
            remedy=f"did you mean {near[0]}?" if near else "choose one of those names",
        )
    return DEFENCES[name].of(params or {})
