"""What `garrison privacy` does: who learnt from what, shadows of a detector, and what it gives away."""

from garrison.pipelines.privacy.asked import Asked
from garrison.pipelines.privacy.measured import Privacy
from garrison.pipelines.privacy.measuring import measure_privacy, measure_watched

__all__ = ["Asked", "Privacy", "measure_privacy", "measure_watched"]
