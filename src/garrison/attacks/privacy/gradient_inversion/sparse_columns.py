"""A product of two unknown matrices taken apart, because the columns of one are often zero.

The gradient G ``(m, d)`` of a dense layer's weights over ``n`` examples is D X: what flows back D ``(m, n)``, and the
inputs X ``(n, d)``. Any basis L of G's columns is D up to an unknown ``n`` by ``n`` matrix. Behind a ReLU about half
of every column of D is zero, and of no other vector in that space: so the columns of D are its sparsest vectors
(Dimitrov et al., "SPEAR: Exact Gradient Inversion of Batches in Federated Learning", NeurIPS 2024). The paper draws
sets of rows until one is zero in a column; here sparse vectors are come to by least squares with weights that grow
where a vector is small already (Daubechies et al. 2010), from many starts at once, which needs hundreds of starts
where drawing needs 2ⁿ.
"""

import time
from dataclasses import dataclass

import numpy as np

from garrison.attacks.privacy.interface import Floats

AT_ONCE, FEWEST = 32, 256
"""Starts at once; and as many as are always made, so that the sparsest directions are among those found."""
ROUNDS = 40
WIDEST, NARROWER, NARROWEST = 0.3, 0.8, 1e-5
ZERO = 1e-3
"""Relative to a row's length, what counts as zero."""
SURPLUS = 0.1
"""The share of the rows that must be zero beyond those that are so in any vector."""
APART = 1e-3
"""The least singular value of directions that are independent."""


@dataclass(frozen=True)
class TakenApart:
    """Inputs ``(n, d)`` in any order, how far they leave their range, and how many starts were needed."""

    inputs: Floats
    outside: float
    starts: int


def taken_apart(
    slopes: Floats,
    offsets: Floats,
    examples: int,
    *,
    low: float,
    high: float,
    tolerance: float,
    starts: int,
    seconds: float | None,
    seed: int,
) -> TakenApart | None:
    """The inputs of ``examples`` examples from the gradients of a layer's weights ``(m, d)`` and offsets ``(m,)``.

    Goes on until the inputs lie in [low, high], up to ``tolerance``, or the ``starts`` or ``seconds`` are over. None
    where fewer directions than examples were found.
    """
    began = time.monotonic()
    left, sizes, right = np.linalg.svd(slopes, full_matrices=False)
    if examples > len(sizes) or sizes[examples - 1] <= 0:
        return None
    basis = left[:, :examples]
    lengths = np.linalg.norm(basis, axis=1)
    rows = basis[lengths > 1e-3 * lengths.max()]
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    draw = np.random.default_rng(seed)
    found, zeros = np.zeros((0, examples)), np.zeros(0)
    best: TakenApart | None = None
    for tried in range(AT_ONCE, max(starts, AT_ONCE) + 1, AT_ONCE):
        begin = draw.normal(size=(AT_ONCE, examples))
        chosen = _independent(found, examples)
        if 0 < len(chosen) < examples:  # half of the starts look where nothing was found yet
            known = np.linalg.qr(found[chosen].T)[0]
            begin[::2] -= (begin[::2] @ known) @ known.T
        new = _sparse(rows, begin)
        count = (np.abs(new @ rows.T) < ZERO).sum(axis=1)
        kept = count >= examples + SURPLUS * len(rows)
        found, zeros = _sparsest_first(
            np.concatenate([found, new[kept]]), np.concatenate([zeros, count[kept]]), 8 * examples
        )
        chosen = _independent(found, examples)
        if len(chosen) == examples:
            directions = found[chosen].T
            scale = np.linalg.lstsq(basis @ directions, offsets, rcond=None)[0]
            inputs = np.linalg.solve(directions * scale, sizes[:examples, None] * right[:examples])
            outside = float(np.maximum(low - inputs, inputs - high).max())
            if np.isfinite(outside) and (best is None or outside < best.outside or outside <= tolerance):
                best = TakenApart(inputs, outside, tried)
            if best is not None and best.outside <= tolerance and tried >= FEWEST:
                break
        if seconds is not None and time.monotonic() - began >= seconds:
            break
    return best


def _sparse(rows: Floats, begin: Floats) -> Floats:
    """From each start, a direction on whose product with ``rows`` many entries are zero; unit length."""
    size = rows.shape[1]
    squares = (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    found = begin / np.linalg.norm(begin, axis=1, keepdims=True)
    width = WIDEST
    for _ in range(ROUNDS):
        weights = 1 / ((found @ rows.T) ** 2 + width**2)
        found = np.linalg.eigh((weights @ squares).reshape(-1, size, size))[1][:, :, 0]
        width = max(width * NARROWER, NARROWEST)
    return np.asarray(found)


def _sparsest_first(found: Floats, zeros: Floats, most: int) -> tuple[Floats, Floats]:
    order = np.argsort(-zeros, kind="stable")
    found, zeros = found[order], zeros[order]
    again = np.triu(np.abs(found @ found.T) > 1 - 1e-6, 1).any(axis=0)
    return found[~again][:most], zeros[~again][:most]


def _independent(found: Floats, most: int) -> list[int]:
    """The first of the directions of which none depends on those before."""
    chosen: list[int] = []
    for place in range(len(found)):
        if np.linalg.svd(found[[*chosen, place]], compute_uv=False)[-1] > APART:
            chosen.append(place)
        if len(chosen) == most:
            break
    return chosen
