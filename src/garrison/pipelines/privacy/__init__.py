"""What `garrison privacy` does: who learnt from what, shadows of a detector, and what it gives away."""

from garrison.pipelines.privacy.measured import Privacy
from garrison.pipelines.privacy.measuring import measure_privacy

__all__ = ["Privacy", "measure_privacy"]
