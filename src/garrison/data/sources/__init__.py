"""Files that yield Arrow batches: tables (CSV, Parquet, JSON Lines), flow logs and packet captures."""

from garrison.data.sources.base import Numbered, Source
from garrison.data.sources.capture_flows import Timeouts
from garrison.data.sources.open import open_source

__all__ = ["Numbered", "Source", "Timeouts", "open_source"]
