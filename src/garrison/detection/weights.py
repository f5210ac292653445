"""How much each training row counts, so that neither a rare class nor a rare kind of attack is drowned."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.detection.families.base import Bools, Floats
from garrison.errors import DataError, SettingsError

CLASSES = ("benign", "malicious")
KINDS = ("none", "balanced")


def class_weights(
    y: ArrayLike,
    kind: str | Mapping[str, float] = "balanced",
    *,
    attacks: NDArray[np.object_] | None = None,
    attack_power: float = 1.0,
) -> Floats:
    """The weight of each row, float64 ``(n,)``, none negative, with a sum of ``n``.

    ``y`` is bool ``(n,)``, True for malicious. ``kind`` says what each class weighs in all: ``none`` as much as it has
    rows, ``balanced`` both the same, ``{"benign": 3, "malicious": 1}`` in that ratio. Rows of a class share its weight
    alike, but where ``attack_power`` is below 1: then the attack type with ``n_t`` rows gets a part of the malicious
    weight proportional to ``n_t ** attack_power`` (0.5: the square root; 0: every type the same). ``attacks`` names
    the type of each row, ``(n,)``; what stands beside benign rows is not looked at, and rows without a name are one
    type.

    Raises ``SettingsError`` for a kind or power that is not known, ``DataError`` where a class that is to weigh
    something has no rows.

    >>> class_weights([True, False, False, False], "balanced").round(3).tolist()
    [2.0, 0.667, 0.667, 0.667]
    >>> attacks = np.array(["dos", "dos", "dos", "worm", "", ""], dtype=object)
    >>> y = attacks != ""
    >>> class_weights(y, "none", attacks=attacks, attack_power=0).round(3).tolist()
    [0.667, 0.667, 0.667, 2.0, 1.0, 1.0]
    """
    labels = np.asarray(y, dtype=np.bool_)
    if labels.ndim != 1 or not len(labels):
        raise DataError(f"the labels have shape {labels.shape}", expected="one label a row, at least one row")
    totals = _totals(labels, kind)
    weights: Floats = np.zeros(len(labels))
    for label, total in enumerate(totals):
        chosen = labels == bool(label)
        if total > 0 and not chosen.any():
            raise DataError(
                f"there is no {CLASSES[label]} row to weigh",
                where=f"{len(labels):,} rows",
                expected="rows of both classes",
                remedy="use more data, or class weights none",
            )
        weights[chosen] = total / max(int(chosen.sum()), 1)
    if attack_power != 1:
        weights[labels] *= _by_attack(labels, attacks, attack_power)
    scale = len(labels) / float(weights.sum())
    return weights * scale


def _totals(labels: Bools, kind: str | Mapping[str, float]) -> tuple[float, float]:
    """What the benign and what the malicious rows weigh together, up to a common factor."""
    if kind == "none":
        return float((~labels).sum()), float(labels.sum())
    if kind == "balanced":
        return 1.0, 1.0
    expected = f"one of {', '.join(KINDS)}, or a share above 0 for each of {' and '.join(CLASSES)}"
    if not isinstance(kind, Mapping) or set(kind) != set(CLASSES):
        raise SettingsError(f"class weights cannot be {kind!r}", expected=expected)
    shares = [kind[name] for name in CLASSES]
    if not all(isinstance(share, int | float) and np.isfinite(share) and share > 0 for share in shares):
        raise SettingsError(f"class weights cannot be {dict(kind)!r}", expected=expected)
    return float(shares[0]), float(shares[1])


def _by_attack(labels: Bools, attacks: NDArray[np.object_] | None, power: float) -> Floats:
    """What each malicious row counts beside the others; their mean is 1."""
    if not 0 <= power <= 1:
        raise SettingsError(
            f"the attack power is {power}", expected="from 0 (all types alike) to 1 (as they are)"
        )
    if attacks is None:
        raise SettingsError(
            f"the attack power is {power}, but no row names its attack",
            expected="the name of each row's attack",
            remedy="declare the column of role attack in the features file, or leave the power at 1",
        )
    if np.shape(attacks) != labels.shape:
        raise DataError(
            f"{len(labels)} rows came with {np.shape(attacks)} names of attacks", expected="one name a row"
        )
    names = np.array(["" if name is None else str(name) for name in np.asarray(attacks)[labels]], dtype=str)
    _, kinds, counts = np.unique(names, return_inverse=True, return_counts=True)
    each = np.power(counts.astype(np.float64), power - 1.0)[kinds.ravel()]
    return np.asarray(each / each.mean()) if len(each) else each
