"""How far a column has moved from its reference, one statistic a file.

A column of each kind has one statistic with a p-value, by which it is tested; all of them say how large a change is.
"""

from garrison.monitoring.statistics.base import Found, Statistic
from garrison.monitoring.statistics.chi_square import CHI_SQUARE
from garrison.monitoring.statistics.jensen_shannon import JENSEN_SHANNON
from garrison.monitoring.statistics.kolmogorov_smirnov import KOLMOGOROV_SMIRNOV
from garrison.monitoring.statistics.outside import OUTSIDE
from garrison.monitoring.statistics.psi import PSI
from garrison.monitoring.statistics.wasserstein import WASSERSTEIN

NUMERIC = (KOLMOGOROV_SMIRNOV, PSI, WASSERSTEIN)
CATEGORY = (CHI_SQUARE, JENSEN_SHANNON, OUTSIDE)

__all__ = [
    "CATEGORY",
    "CHI_SQUARE",
    "JENSEN_SHANNON",
    "KOLMOGOROV_SMIRNOV",
    "NUMERIC",
    "OUTSIDE",
    "PSI",
    "WASSERSTEIN",
    "Found",
    "Statistic",
]
