"""Scored events, kept in a store so that a live detector can be judged later."""

from garrison.monitoring.scored.background import BackgroundLog, Losses, ScoredLog
from garrison.monitoring.scored.layout import COLLECTION, ScoredRows
from garrison.monitoring.scored.read import Logged, read_log
from garrison.monitoring.scored.store_log import StoreLog

__all__ = [
    "COLLECTION",
    "BackgroundLog",
    "Logged",
    "Losses",
    "ScoredLog",
    "ScoredRows",
    "StoreLog",
    "read_log",
]
