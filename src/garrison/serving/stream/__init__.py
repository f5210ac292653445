"""Events from a file that grows, a pipe, Redis or Kafka to verdicts, one after the other, without losing any.

``Stream`` ties a ``StreamSource``, a ``Scorer`` and a ``Sink`` together; how far it got is kept in a ``Checkpoint``.
"""

from garrison.serving.stream.loop import Pace, StateFiles, Stream
from garrison.serving.stream.run import run_stream
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.summary import Counts, Summary

__all__ = ["Counts", "Pace", "StateFiles", "Stop", "Stream", "Summary", "run_stream"]
