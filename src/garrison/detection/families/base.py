"""What every family of models is: a ``Family`` fits, a ``Model`` scores and knows its saved form.

The base classes check inputs, limit threads and read and write files; a family's own file holds the learning only.
"""

import difflib
import functools
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.data.row_codes import sorted_rows
from garrison.errors import DataError, GarrisonError, ModelError, SettingsError
from garrison.files import output_errors
from garrison.spread import threads

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Params = dict[str, Any]
"""The parameters of a family, by name."""
Files = dict[str, bytes]

MOST_MODEL_BYTES = 2**31

FEWEST_ROWS = 1_024
"""Rows below which a thread of their own does not pay when they are scored."""

REPEATS = "repeats"
"""The parameter of every family that can weigh rows: a row that occurs n times is learnt as one of weight n ** repeats.

At 1 nothing is changed: each occurrence is a row of its own.
"""

BENIGN_ONLY = "benign_only"
"""The parameter by which a family that needs no labels learns from the benign rows alone."""


class Model(ABC):
    """A fitted model: numbers in, the probability of the positive class out.

    Its saved form is a few named byte strings; equal models give equal bytes, and reading them runs nothing.
    """

    features: int
    row_by_row: ClassVar[bool] = False
    """Whether a row's score is the same, to the last bit, whatever rows it is scored with."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """Reasons to read what it says with care that are known since it learnt: sentences for a report."""
        return ()

    @final
    def score(self, X: ArrayLike, *, jobs: int = 1) -> Floats:
        """The probability, in [0, 1], that each row of ``X`` float64 ``(n, d)`` is positive; shape ``(n,)``.

        ``jobs`` is how many threads may score (-1: one a core); a model that is not ``row_by_row`` uses one, so that
        it changes no score. Raises ``DataError`` for another number of columns, or values that are missing or infinite,
        and ``ModelError`` where a score would be no number: the model was damaged before it was saved.
        """
        rows = checked_rows(X)
        if rows.shape[1] != self.features:
            raise DataError(
                f"the rows have {rows.shape[1]} features",
                expected=f"{self.features} features, as in training",
                remedy="transform the events with the processor the model was trained with",
            )
        if not len(rows):
            return np.empty(0)
        with _thread_pools().limit(limits=1), np.errstate(all="ignore"):
            scores = np.clip(self._in_threads(rows, threads(jobs)), 0.0, 1.0)
        if np.isnan(scores).any():
            raise ModelError(
                f"the model gives {int(np.isnan(scores).sum()):,} rows a score that is no number",
                where=type(self).__name__,
                expected="probabilities",
                remedy="take the model from the registry again, or train again",
            )
        return scores

    def _in_threads(self, rows: Floats, most: int) -> Floats:
        count = min(most, len(rows) // FEWEST_ROWS) if self.row_by_row else 1
        if count < 2:
            return self._score(rows)
        with ThreadPoolExecutor(count) as pool:
            return np.concatenate(list(pool.map(self._score, np.array_split(rows, count))))

    @abstractmethod
    def _score(self, X: Floats) -> Floats:
        """The probabilities of rows that have been checked."""

    @abstractmethod
    def files(self) -> Files:
        """The saved form: bytes by file name; equal models give equal bytes."""

    @classmethod
    @abstractmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model in these files; may raise anything when they are not what ``files`` wrote."""

    @classmethod
    @final
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that ``files`` wrote; ``ModelError`` when it cannot be one."""
        try:
            return cls._from_files(files)
        except GarrisonError:
            raise
        except Exception as error:
            raise ModelError(
                f"the saved {cls.__name__} cannot be read: {type(error).__name__}",
                expected="the files that this version of Garrison writes",
                remedy="train the model again, or load it with the version that saved it",
            ) from error

    @final
    def save(self, folder: Path) -> None:
        """Write the model's files into ``folder``, which is made if it is not there."""
        with output_errors(folder):
            for name, content in self.files().items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)

    @classmethod
    @final
    def load(cls, folder: Path) -> Self:
        """The model that ``save`` wrote into ``folder``; no digest is checked (a detector's loading does that)."""
        return cls.from_files(read_plain_files(folder))


@dataclass(frozen=True)
class Lesson:
    """What a family learns from: rows that have been checked, and every parameter."""

    X: Floats
    y: Bools
    weights: Floats | None
    params: Params
    seed: int
    jobs: int


class Family(ABC):
    """A way of learning, by the name that settings call it."""

    name: ClassVar[str]
    model: ClassVar[type[Model]]
    libraries: ClassVar[tuple[str, ...]]
    """The distributions whose major version a saved model depends on."""
    scaled: ClassVar[bool] = False
    """Whether it scales its inputs, by itself and on training rows only; trees do not need it."""
    supervised: ClassVar[bool] = True
    """Whether it needs labels; a family that does not may look at them only where a parameter says so."""
    weighted: ClassVar[bool] = True
    """Whether ``fit`` takes sample weights."""
    drawn: ClassVar[bool] = True
    """Whether a fit may draw anything from its seed; without, every seed gives the same model."""
    defaults: ClassVar[Params]
    """Every parameter the family takes, with its value when nothing else is said."""
    grid: ClassVar[dict[str, list[Any]]] = {}
    """The small grid that is searched when the settings name none."""

    @final
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike | None,
        *,
        params: Mapping[str, Any] | None = None,
        seed: int,
        weights: ArrayLike | None = None,
        jobs: int = 1,
    ) -> Model:
        """Learn from ``X`` float64 ``(n, d)`` and ``y`` bool ``(n,)``, True for positive.

        Equal arguments give equal models, whatever ``jobs`` (threads; -1: one a core) is. ``weights`` float64
        ``(n,)`` say how much each row counts. A family that is not ``supervised`` takes None for ``y``.

        Raises ``SettingsError`` for an unknown parameter, ``DataError`` for rows that cannot be learnt from and
        ``ModelError`` when the library refuses a value.
        """
        full = self.complete(params or {})
        rows, counts = checked_rows(X), None
        labels = self._checked_labels(y, len(rows), full)
        if weights is not None:
            counts = self._checked_weights(weights, len(rows))
        repeats = full.pop(REPEATS, 1.0)
        try:
            if repeats != 1:
                rows, labels, counts = together(rows, labels, counts, repeats)
            _thread_pools.cache_clear()
            with _thread_pools().limit(limits=1):
                return self._fit(Lesson(rows, labels, counts, full, seed, threads(jobs)))
        except (ValueError, TypeError, OverflowError, ZeroDivisionError, RuntimeError) as error:
            raise self._refused(full, error) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("xgboost", "lightgbm", "sklearn"):
                raise self._refused(full, error) from error
            raise

    @abstractmethod
    def _fit(self, lesson: Lesson) -> Model:
        """Learn from rows that have been checked, with every parameter given."""

    @abstractmethod
    def suggest(self, trial: Any) -> Params:
        """The parameters an Optuna trial asks to try."""

    def complete(self, params: Mapping[str, Any]) -> Params:
        """The defaults with ``params`` over them; ``SettingsError`` names one that the family does not take.

        >>> from garrison.detection import FAMILIES
        >>> FAMILIES["knn"].complete({"neighbours": 3})["neighbours"]
        3
        """
        for key in params:
            if key not in self.defaults:
                near = difflib.get_close_matches(str(key), self.defaults, n=1)
                raise SettingsError(
                    f"{self.name} takes no parameter {key!r}",
                    where=f"parameters of {self.name}",
                    expected="some of " + ", ".join(self.defaults),
                    remedy=f"did you mean {near[0]}?" if near else "remove it",
                )
        return {**self.defaults, **params}

    def _checked_labels(self, y: ArrayLike | None, rows: int, params: Params) -> Bools:
        wanted = self.supervised or params.get(BENIGN_ONLY, False)
        if y is None and not wanted:
            return np.zeros(rows, dtype=np.bool_)
        if y is None:
            raise DataError(
                f"{self.name} was given no labels",
                expected=f"bool of shape ({rows},)",
                remedy="name the label"
                if self.supervised
                else f"name the label, or leave {BENIGN_ONLY} false",
            )
        labels = np.asarray(y)
        if labels.shape != (rows,) or labels.dtype != np.bool_:
            raise DataError(
                f"the labels have shape {labels.shape} and type {labels.dtype}",
                expected=f"bool of shape ({rows},)",
            )
        if self.supervised and (labels.all() or not labels.any()):
            raise DataError(
                f"{self.name} was given rows of one class only",
                expected="rows of both classes",
                remedy="use more data or fewer folds",
            )
        return labels if wanted else np.zeros(rows, dtype=np.bool_)

    def _checked_weights(self, weights: ArrayLike, rows: int) -> Floats:
        counts = np.asarray(weights, dtype=np.float64)
        if counts.shape != (rows,) or not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
            raise DataError(
                f"weights of shape {counts.shape} cannot be used",
                expected=f"{rows} finite weights, none negative, not all zero",
            )
        if not self.weighted and np.ptp(counts) > 0:
            raise ModelError(f"{self.name} cannot weigh rows", remedy="repeat rows, or use another family")
        return counts

    def _refused(self, params: Params, error: Exception) -> ModelError:
        return ModelError(
            f"{self.name} cannot be trained: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=f"{self.name} with " + ", ".join(f"{key}={value!r}" for key, value in params.items()),
            remedy="correct the parameters or the data named above",
        )


@functools.cache
def _thread_pools() -> Any:
    """The thread pools of the numeric libraries; finding them takes longer than scoring one row, so it is kept."""
    import importlib

    from threadpoolctl import ThreadpoolController

    importlib.import_module("sklearn.utils")
    return ThreadpoolController()


def checked_rows(X: ArrayLike) -> Floats:
    """``X`` as a C-ordered float64 ``(n, d)`` array without missing or infinite values, else ``DataError``."""
    rows = np.ascontiguousarray(X, dtype=np.float64)
    if rows.ndim != 2 or not rows.shape[1]:
        raise DataError(f"the rows have shape {rows.shape}", expected="shape (n, d)")
    if not np.isfinite(rows).all():
        row, column = (int(place) for place in np.argwhere(~np.isfinite(rows))[0])
        raise DataError(
            f"a value is {rows[row, column]}",
            where=f"row {row}, feature {column}",
            expected="finite numbers",
            remedy="let the processor impute missing values",
        )
    return rows


def together(X: Floats, y: Bools, weights: Floats | None, repeats: float) -> tuple[Floats, Bools, Floats]:
    """The distinct pairs of row and label, sorted, and their weights: rows that occur n times weigh ``n ** repeats``.

    With ``repeats`` 1 that asks for the same as all rows do; with 0 every distinct row counts once. Repeats of a row
    say less than as many different rows do, so that less than 1 tells more of rows not seen before. The weights sum
    to ``n``, as they would without.

    >>> X, y = np.array([[1.0], [1.0], [2.0]]), np.array([True, True, False])
    >>> together(X, y, None, 0.0)[2]
    array([1.5, 1.5])
    """
    if not 0 <= repeats <= 1:
        raise ValueError(f"repeats is {repeats}, not from 0 to 1")
    order, new = sorted_rows([*X.T, y], rows=len(X))
    inverse = np.empty(len(X), dtype=np.intp)
    inverse[order] = np.cumsum(new) - 1
    each = np.ones(len(X)) if weights is None else weights
    total = np.bincount(inverse, weights=each)
    kept = total > 0
    first, total = order[new][kept], total[kept]
    rows, labels = X[first], y[first]
    # Sorted by label last, equal rows of both labels stand side by side.
    same = np.cumsum(np.append(False, (rows[1:] != rows[:-1]).any(axis=1)))
    occurs = np.bincount(same, weights=total)[same]
    total = total * np.power(occurs, repeats - 1.0, dtype=np.float64)
    return rows, labels, total * (len(X) / total.sum())


def read_plain_files(folder: Path) -> Files:
    """The bytes of every plain file under ``folder`` by its relative path; links and oversized files are refused."""
    files: Files = {}
    for item in sorted(folder.rglob("*")):
        facts = item.lstat()
        if stat.S_ISDIR(facts.st_mode):
            continue
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MOST_MODEL_BYTES:
            raise ModelError(
                "a model's file is a link, no plain file or too large",
                where=str(item),
                expected=f"plain files of at most {MOST_MODEL_BYTES:,} bytes",
            )
        files[item.relative_to(folder).as_posix()] = item.read_bytes()
    if not files:
        raise ModelError(
            "no model is saved here", where=str(folder), expected="a folder with a model's files"
        )
    return files
