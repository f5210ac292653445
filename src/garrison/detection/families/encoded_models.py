"""Models of scikit-learn that see encoded columns: the parts their families share."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from garrison.detection.families import encoding
from garrison.detection.families.arrays import pack_arrays, unpack_arrays
from garrison.detection.families.base import Files, Floats, Model
from garrison.detection.families.encoding import Encoding
from garrison.detection.families.skops_form import dump_estimators, load_estimators
from garrison.errors import ModelError

ENCODING_FILE = "encoding.npz"
ESTIMATOR_FILE = "estimators.skops"


@dataclass(frozen=True)
class EncodedModel(Model):
    """An encoding of the columns, then the mean of what the estimators say of the positive class."""

    encoding: Encoding
    estimators: Sequence[Any]

    trusted: ClassVar[tuple[str, ...]]
    """The only classes its saved form may hold, besides plain containers and arrays."""
    kept: ClassVar[tuple[str, ...]]
    """The fitted attributes that scoring needs; nothing else is saved."""

    @property
    def features(self) -> int:  # type: ignore[override]
        """How many features a row has before it is encoded."""
        return self.encoding.features

    def _score(self, X: Floats) -> Floats:
        rows = self._seen(X)
        total = np.zeros(len(rows))
        for estimator in self.estimators:
            total += self._asked(estimator, rows)
        return total / len(self.estimators)

    def _asked(self, estimator: Any, rows: Any) -> Floats:
        """What an estimator says of the positive class; what it cannot say was wrong in the file it came from."""
        try:
            said: Floats = estimator.predict_proba(rows)[:, 1]
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise ModelError(
                f"the saved {type(estimator).__name__} cannot score: {type(error).__name__}: {error}"[:300],
                expected="an estimator as this version of Garrison saves it",
                remedy="take the model from the registry again, or train again",
            ) from error
        return said

    def _seen(self, X: Floats) -> Any:
        """The rows as the estimators were given them in training."""
        return self.encoding.apply(X)

    def files(self) -> Files:
        """A file of arrays for the encoding, and one of skops for the estimators."""
        return {
            ENCODING_FILE: pack_arrays(self.encoding.arrays()),
            ESTIMATOR_FILE: dump_estimators(self.estimators),
        }

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        found = Encoding.from_arrays(unpack_arrays(files[ENCODING_FILE], encoding.EXPECTED))
        estimators = load_estimators(files[ESTIMATOR_FILE], trusted=cls.trusted)
        names = {f"{type(each).__module__}.{type(each).__qualname__}" for each in estimators}
        outputs = {getattr(each, "n_features_in_", None) for each in estimators}
        if names != {cls.trusted[0]} or outputs != {len(found.columns) + len(found.measured)}:
            raise ValueError("the estimators do not fit the encoding")
        return cls(encoding=found, estimators=estimators)

    @classmethod
    def stripped(cls, estimator: Any) -> Any:
        """A fresh estimator with only what scoring needs: no random state, no state of the optimiser."""
        bare = type(estimator)(**cls.settings(estimator))
        for name in cls.kept:
            setattr(bare, name, getattr(estimator, name))
        return bare

    @classmethod
    @abstractmethod
    def settings(cls, estimator: Any) -> dict[str, Any]:
        """The constructor's arguments that scoring needs."""
