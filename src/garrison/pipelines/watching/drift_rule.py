"""When a column has drifted, from what a person types."""

from collections.abc import Iterable
from typing import cast, get_args

from garrison.errors import SettingsError
from garrison.evaluation.drift import Correction
from garrison.monitoring import DriftRule
from garrison.monitoring.drift import FLOORS


def drift_rule(alpha: float, correction: str, least: Iterable[str] = ()) -> DriftRule:
    """The rule of these options; ``SettingsError`` says which of them cannot be.

    >>> drift_rule(0.05, "holm", ["psi=0.2"]).floor("psi")
    0.2
    """
    if correction not in get_args(Correction):
        raise SettingsError(
            f"there is no correction {correction!r}",
            where="--correction",
            expected="one of " + ", ".join(get_args(Correction)),
        )
    floors = {}
    for text in least:
        name, _, value = text.partition("=")
        try:
            floors[name.strip()] = float(value)
        except ValueError:
            raise SettingsError(
                f"not a change that matters: {text!r}",
                where="--least",
                expected="STATISTIC=VALUE, as psi=0.2; statistics: " + ", ".join(FLOORS),
            ) from None
    return DriftRule(alpha, cast(Correction, correction), floors)
