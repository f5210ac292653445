"""One row through hundreds of trees, by ONNX Runtime with one thread."""

import math
import threading
from typing import Any

import numpy as np

from garrison.detection.compiled.encoded import expit
from garrison.detection.compiled.onnx_trees import onnx_of
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.base import Floats


class _Place(threading.local):
    """A row and a sum, and what binds them to the session: each thread has its own."""

    def __init__(self, session: Any, columns: int, dtype: Any) -> None:
        self.row = np.zeros((1, columns), dtype=dtype)
        self.total = np.zeros((1, 1), dtype=dtype)
        self.binding = session.io_binding()
        for bind, name, array in (
            (self.binding.bind_input, "X", self.row),
            (self.binding.bind_output, "Y", self.total),
        ):
            bind(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)


class TreeSession:
    """Trees that score a row in tens of microseconds; safe to use from many threads at once."""

    name = "ONNX Runtime, one thread"

    def __init__(self, tables: TreeTables) -> None:
        import onnxruntime

        self.tables = tables
        content, alone = onnx_of(tables)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._start = tables.start + alone
        self._place = _Place(self._session, tables.features, np.float32 if tables.narrow else np.float64)

    def score_one(self, row: Floats) -> float:
        """The score of one row, float64 ``(d,)``."""
        place = self._place
        if self.tables.narrow:
            with np.errstate(over="ignore"):
                place.row[0] = row
        else:
            place.row[0] = row
        self._session.run_with_iobinding(place.binding)
        total = (self._start + float(place.total[0, 0])) / self.tables.divisor
        if self.tables.link == "expit":
            return expit(total)
        return math.exp2(-total) if self.tables.link == "exp2_of_minus" else total

    def values(self) -> list[Floats]:
        """For each feature, the thresholds it is compared with."""
        return self.tables.values()


class OneScore:
    """Trees without a split: every row has the same score."""

    name = "one score for all"

    def __init__(self, tables: TreeTables) -> None:
        self.tables = tables
        self._score = float(tables.score(np.array([tables.trees.value.sum()]))[0])

    def score_one(self, row: Floats) -> float:  # noqa: ARG002 (no value of it matters)
        """The score of one row, float64 ``(d,)``."""
        return self._score

    def values(self) -> list[Floats]:
        """For each feature, any number."""
        return self.tables.values()
