"""Where verdicts go, one kind of sink a file."""

from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.sinks.open import open_sink

__all__ = ["Sink", "open_sink"]
