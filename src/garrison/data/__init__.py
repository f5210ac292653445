"""Data: what a column must be, files that are read, and the stores that keep their rows."""

from garrison.data.ingest import Ingested, ingest
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Column, Label, Schema
from garrison.data.sources import Source, open_source
from garrison.data.stores import Appended, Store, Where, open_store
from garrison.data.validate import Validated

__all__ = [
    "Appended",
    "Column",
    "Ingested",
    "Label",
    "Quarantine",
    "Schema",
    "Source",
    "Store",
    "Validated",
    "Where",
    "ingest",
    "open_source",
    "open_store",
]
