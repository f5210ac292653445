"""Files that yield Arrow batches: CSV, Parquet and JSON Lines, plain or compressed."""

from garrison.data.sources.base import Numbered, Source
from garrison.data.sources.open import open_source

__all__ = ["Numbered", "Source", "open_source"]
