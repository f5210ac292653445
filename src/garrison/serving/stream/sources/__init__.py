"""Where events come from, one kind of source a file."""

from garrison.serving.stream.sources.base import StreamSource
from garrison.serving.stream.sources.open import open_source

__all__ = ["StreamSource", "open_source"]
