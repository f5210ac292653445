"""The logistic function as a polynomial of degree 3, which is what encrypted training can work out."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from garrison.detection.circuit import Floats


@dataclass(frozen=True)
class CubicSigmoid:
    """``0.5 + slope * z + cube * z ** 3``: near the logistic function for ``|z|`` up to ``reach``, and not beyond."""

    slope: float
    cube: float
    reach: float

    @classmethod
    def within(cls, reach: float) -> Self:
        """The one with the least squared error over ``[-reach, reach]``.

        >>> near = CubicSigmoid.within(6.0)
        >>> round(near.slope, 3), round(near.cube, 5), bool(near.error() < 0.1)
        (0.181, -0.00309, True)
        """
        from scipy.special import expit

        z = np.linspace(-reach, reach, 2001)
        found, *_ = np.linalg.lstsq(np.column_stack([z, z**3]), expit(z) - 0.5, rcond=None)
        return cls(float(found[0]), float(found[1]), float(reach))

    def __call__(self, z: Floats) -> Floats:
        """The polynomial at ``z``, of the same shape."""
        return 0.5 + self.slope * z + self.cube * z**3

    def error(self) -> float:
        """The largest distance from the logistic function within the reach."""
        from scipy.special import expit

        z = np.linspace(-self.reach, self.reach, 2001)
        return float(np.abs(self(z) - expit(z)).max())
