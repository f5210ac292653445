"""How lines are read, one format a file."""

from garrison.serving.stream.formats.base import Decoded, Fault, Format
from garrison.serving.stream.formats.open import FORMATS, open_format

__all__ = ["FORMATS", "Decoded", "Fault", "Format", "open_format"]
