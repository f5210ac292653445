"""Drawings for pages that are made while somebody waits: a few lines of SVG, one kind a file.

They need no drawing library, so that scoring is not held up, and no style of their own: their colours are classes.
"""

from garrison.web.drawings.curve import curve_drawing
from garrison.web.drawings.effects import effects_drawing
from garrison.web.drawings.histogram import histogram_drawing
from garrison.web.drawings.pairs import pairs_drawing
from garrison.web.drawings.timeline import timeline_drawing

__all__ = ["curve_drawing", "effects_drawing", "histogram_drawing", "pairs_drawing", "timeline_drawing"]
