"""Scoring what is already there: files and stores of any size, in bounded memory, resumed where it was broken off."""

from garrison.serving.batch.as_numbers import rows_as_numbers
from garrison.serving.batch.inputs import Input, PreparedInput, SourceInput, StoreInput
from garrison.serving.batch.kept import PLACES, SCORE, VERDICT, kept_columns, reading_schema
from garrison.serving.batch.outputs import FORMATS, writer_for
from garrison.serving.batch.score import BATCH_ROWS, Scored, partial_beside, refused_beside, score_batch

__all__ = [
    "BATCH_ROWS",
    "FORMATS",
    "PLACES",
    "SCORE",
    "VERDICT",
    "Input",
    "PreparedInput",
    "Scored",
    "SourceInput",
    "StoreInput",
    "kept_columns",
    "partial_beside",
    "reading_schema",
    "refused_beside",
    "rows_as_numbers",
    "score_batch",
    "writer_for",
]
