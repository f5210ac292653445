"""Stores: where events are kept, an embedded DuckDB file by default or MongoDB by URL, behind one interface."""

from garrison.data.stores.base import Appended, Store
from garrison.data.stores.open import open_store
from garrison.data.stores.where import Condition, Where

__all__ = ["Appended", "Condition", "Store", "Where", "open_store"]
