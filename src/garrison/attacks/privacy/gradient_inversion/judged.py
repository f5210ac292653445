"""How well images were reconstructed: held against the true ones, which no attack is ever given."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.interface import Floats
from garrison.errors import DataError
from garrison.evaluation import (
    MOST_DECIBELS,
    Interval,
    identified,
    mean_interval,
    paired_images,
    psnr,
    share_interval,
    ssim,
)


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What an attack recovered of ``images`` true images of ``updates`` updates.

    ``identified`` is the share of the true images whose reconstruction is nearer to them than to all others of
    ``candidates`` (by chance it is one of them); an image that nothing was made of is not identified. ``psnr``, in
    decibels, and ``ssim`` are means over those that something was made of. ``each`` holds both and whether it was
    identified, image by image, in the order of the true ones.
    """

    attack: str
    updates: int
    images: int
    candidates: int
    psnr: Interval
    ssim: Interval
    identified: Interval
    each: tuple[tuple[float, float, bool], ...]
    seconds: float
    flags: tuple[Flag, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "each": [list(each) for each in self.each]}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Recovered":
        """What ``to_dict`` wrote."""
        made = {name: Interval(**facts[name]) for name in ("psnr", "ssim", "identified")}
        each = tuple((float(a), float(b), bool(c)) for a, b, c in facts["each"])
        return cls(**{**facts, **made, "each": each, "flags": tuple(Flag(**flag) for flag in facts["flags"])})


def judge(
    found: Sequence[Reconstructed],
    truth: Sequence[ArrayLike],
    others: ArrayLike,
    *,
    span: float = 1.0,
    level: float = 0.95,
) -> Recovered:
    """Hold what one attack made of each update against the images ``(n, *shape)`` that it was learnt from.

    ``others`` ``(k, *shape)`` are images of the same kind that the parties did not have; each reconstruction is
    looked for among these and the true images of its update, so give 10,000 less those for the usual figure.
    Reconstructions and true images go together in pairs, so that the summed squared difference is least. Raises
    ``DataError`` where there is nothing to judge.
    """
    if not found or len(found) != len(truth) or len({each.attack for each in found}) != 1:
        raise DataError(
            f"{len(found)} reconstructions and the images of {len(truth)} updates cannot be judged together",
            expected="what one attack made of each update, and the true images of each",
        )
    held = np.asarray(others, dtype=np.float32)
    rows: list[tuple[float, float, bool]] = []
    groups: list[int] = []
    blind: list[float] = []
    for number, (made, images) in enumerate(zip(found, truth, strict=True)):
        real = np.asarray(images, dtype=np.float32)
        rows += _each(made, real, np.concatenate([real, held]), span)
        groups += [number] * len(real)
        if len(held):
            blind += psnr(np.broadcast_to(held.mean(axis=0), real.shape), real, span=span).tolist()
    there = np.array([each[:2] for each in rows if np.isfinite(each[0])]).reshape(-1, 2)
    hits = np.array([each[2] for each in rows])
    flags = {flag.name: flag for made in found for flag in made.flags}
    if blind and float(there[:, 0].mean() if len(there) else 0.0) <= float(np.mean(blind)):
        flags["no_better_than_the_mean"] = Flag(
            "no_better_than_the_mean",
            f"the mean of the other images, which needs no update, is nearer to the truth ({np.mean(blind):.1f} dB)",
        )
    return Recovered(
        attack=found[0].attack,
        updates=len(found),
        images=len(rows),
        candidates=len(held) + max(groups.count(number) for number in range(len(found))),
        psnr=_mean(there[:, 0], 0.0, MOST_DECIBELS, level),
        ssim=_mean(there[:, 1], -1.0, 1.0, level),
        identified=share_interval(hits, groups=groups if 1 < len(found) < len(rows) else None, level=level),
        each=tuple(
            (round(a, 4), round(b, 4), c) if np.isfinite(a) else (0.0, 0.0, False) for a, b, c in rows
        ),
        seconds=sum(made.seconds for made in found),
        flags=tuple(flags.values()),
    )


def _each(
    made: Reconstructed, real: NDArray[np.float32], among: NDArray[np.float32], span: float
) -> list[tuple[float, float, bool]]:
    """PSNR, SSIM and whether it was identified, of each true image; not-a-number where nothing was made of it."""
    found = [(float("nan"), float("nan"), False)] * len(real)
    if not len(made.images):
        return found
    ours, theirs = paired_images(made.images, real)
    images = made.images[ours]
    decibels, hits = psnr(images, real[theirs], span=span), identified(images, among, theirs)
    similar = ssim(images, real[theirs], span=span) if real.ndim > 2 else np.zeros(len(images))
    for place, row in zip(theirs, zip(decibels, similar, hits, strict=True), strict=True):
        found[place] = (float(row[0]), float(row[1]), bool(row[2]))
    return found


def _mean(values: Floats, least: float, most: float, level: float) -> Interval:
    """The mean over images, cut to what it can be; of one image or none it may be anything."""
    if len(values) < 2:
        return Interval(
            float(values.mean()) if len(values) else least, least, most, level, "one image at most"
        )
    drawn = mean_interval(values, level=level)
    return Interval(drawn.value, max(drawn.low, least), min(drawn.high, most), level, drawn.method)
