"""Scoring what is already there: files and stores of any size, in bounded memory, resumed where it was broken off."""

from garrison.serving.batch.inputs import Input, PreparedInput, SourceInput, StoreInput
from garrison.serving.batch.kept import reading_schema
from garrison.serving.batch.outputs import FORMATS
from garrison.serving.batch.score import BATCH_ROWS, Scored, score_batch

__all__ = [
    "BATCH_ROWS",
    "FORMATS",
    "Input",
    "PreparedInput",
    "Scored",
    "SourceInput",
    "StoreInput",
    "reading_schema",
    "score_batch",
]
