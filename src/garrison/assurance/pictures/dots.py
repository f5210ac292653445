"""Many dots as one path, so that a picture of thousands stays small."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

LENGTH = 1e-4
"""How long the stroke of a dot is, in the units of its axis; some length is needed for it to be drawn."""


def dots(plot: "Axes", x: Floats, y: Floats, *, colour: str, size: float = 3.2, alpha: float = 0.85) -> None:
    """Round dots ``size`` points wide at ``x`` and ``y``, both ``(n,)``: strokes of no length with round ends."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    if x.size == 0:
        return
    ends = np.stack([np.stack([x, y], axis=1), np.stack([x + LENGTH, y], axis=1)], axis=1)
    path = Path(ends.reshape(-1, 2), np.tile([Path.MOVETO, Path.LINETO], x.size).astype(Path.code_type))
    path.should_simplify = False
    looks = {"edgecolor": colour, "linewidth": size, "alpha": alpha, "capstyle": "round"}
    plot.add_patch(PathPatch(path, fill=False, snap=False, **looks))


def swarm(values: Floats, *, width: float, reach: float, step: float = 0.11) -> Floats:
    """How far each value ``(n,)`` stands off its line so that near ones do not hide each other, within ``reach``.

    Values fall into slices so ``width``; those of a slice are stacked to both sides of the line in turn, ``step``
    apart or as close as ``reach`` asks for.

    >>> swarm(np.array([0.0, 0.0, 0.0, 5.0]), width=0.1, reach=0.4).tolist()
    [0.0, 0.11, -0.11, 0.0]
    """
    if values.size == 0:
        return np.zeros(0)
    place = np.floor(values / width).astype(np.int64)
    order = np.argsort(place, kind="stable")
    _, first, sizes = np.unique(place[order], return_index=True, return_counts=True)
    number = np.arange(values.size) - np.repeat(first, sizes)
    side = np.where(number % 2 == 1, 1.0, -1.0) * ((number + 1) // 2)
    apart = np.minimum(step, reach / np.maximum(np.repeat(sizes, sizes) // 2, 1))
    off = np.empty(values.size)
    off[order] = side * apart + 0.0
    return off
