"""Figures as a scorecard shows them: comparable down a column, without powers of ten where decimals will do."""

import math

from garrison.assurance.report.looks import number_text

_LEAST = 1e-6
"""Below this, a power of ten is shorter than its zeros."""


def figure_text(value: float) -> str:
    """A figure to four places that say something.

    >>> figure_text(0.00085), figure_text(0.003387), figure_text(11055.0), figure_text(-0.25)
    ('0.00085', '0.003387', '11,055', '−0.25')
    """
    if _LEAST <= abs(value) < 0.001:
        said = f"{value:.{3 - math.floor(math.log10(abs(value)))}f}".rstrip("0")
    else:
        said = number_text(value)
    return said.replace("-", "−")


def change_text(value: float, base: float) -> str:
    """How far a figure is from another: of counts in whole numbers, of others to four decimals, or more for little.

    >>> change_text(12, 9), change_text(0.95, 0.91), change_text(0.5, 0.5), change_text(0.00085, 0.00087)
    ('+3', '+0.0400', 'same', '−0.00002')
    """
    change = value - base
    if not math.isfinite(change):
        return ""
    if math.isclose(value, base, rel_tol=1e-9, abs_tol=1e-12):
        return "same"
    sign = "+" if change > 0 else "−"
    if float(value).is_integer() and float(base).is_integer():
        return f"{sign}{abs(change):,.0f}"
    if 0.0001 <= abs(change) < 1:
        return f"{sign}{abs(change):.4f}"
    return f"{sign}{figure_text(float(f'{abs(change):.4g}'))}"
