"""A detector that is still being made: what it is learnt from, and what the defences so far have said of how."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.splits import group_ids, split_groups
from garrison.detection import FAMILIES, Detector, Model, Params, Threshold
from garrison.detection.families.screened import Screened, behind_screen
from garrison.errors import ModelError
from garrison.features import Processor, Remembering

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """Labelled events as the schema types them, and as numbers ``X`` (n, d), ``y`` bool (n,), ``groups`` int (n,)."""

    events: pa.Table
    X: Floats
    y: Bools
    groups: Ints

    def rows(self, chosen: NDArray[Any]) -> "Known":
        """The rows at ``chosen``: places, or bool (n,)."""
        at = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Known(self.events.take(pa.array(at)), self.X[at], self.y[at], self.groups[at])


@dataclass(frozen=True)
class Note:
    """What a defence did, in ``words`` and as JSON values."""

    defence: str
    words: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """What a detector is made of. Defences say otherwise than it does; ``fit`` learns it, ``detector`` makes it whole.

    ``learnt`` is learnt from, with ``weights`` (n,). ``aside`` are events of other groups: the threshold is placed on
    them by ``place`` (labels and scores to a threshold), and defences choose by them. Neither is the test part.
    ``hidden`` inputs are not looked at; ``added`` (m, d) are malicious events that an attacker made, which weigh
    ``added_weight`` times as much in all as the malicious ones there are; ``screen`` are the parameters of a screen.
    """

    name: str
    schema: Schema
    processor: Processor
    family: str
    params: Params
    learnt: Known
    aside: Known
    weights: Floats
    place: Callable[[Bools, Floats], float]
    rule: str
    seed: int = 0
    jobs: int = 1
    hidden: tuple[int, ...] = ()
    added: Floats | None = None
    added_weight: float = 0.0
    screen: Params | None = None
    fingerprint: str = "0" * 64
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(
        cls, detector: Detector, events: pa.Table, *, aside: float = 0.2, seed: int = 0, jobs: int = 1
    ) -> "Draft":
        """What would make ``detector`` again from labelled ``events``, of which a share is kept aside by groups.

        The threshold stays that of the detector; the past of an event's source is counted over all ``events``.

        Raises ``DataError`` where the events cannot be split.
        """
        table = detector.schema.validate(events).table
        if isinstance(detector.processor, Remembering):
            table = detector.processor.live().with_past(table)  # type: ignore[attr-defined]
        y, groups = detector.schema.labels(table), group_ids(table, detector.schema)
        known = Known(table, detector.processor.transform(table), y, groups)
        return cls.parted(
            detector.name,
            detector.schema,
            detector.processor,
            known,
            family=detector.family,
            params=detector.params,
            place=lambda y, scores: detector.threshold.value,  # noqa: ARG005
            rule=detector.threshold.rule,
            aside=aside,
            seed=seed,
            jobs=jobs,
            fingerprint=detector.training_fingerprint,
        )

    @classmethod
    def parted(
        cls,
        name: str,
        schema: Schema,
        processor: Processor,
        known: Known,
        *,
        aside: float,
        seed: int,
        weights: Floats | None = None,
        **facts: Any,
    ) -> "Draft":
        """A draft that learns from ``known``, less the share ``aside`` of it, of groups of their own."""
        split = split_groups(known.y, known.groups, test_share=aside, seed=seed)
        each = np.ones(len(known.y)) if weights is None else weights
        return cls(
            name=name,
            schema=schema,
            processor=processor,
            learnt=known.rows(split.train),
            aside=known.rows(split.test),
            weights=each[split.train],
            seed=seed,
            **facts,
        )

    @property
    def saved_family(self) -> str:
        """The family that the model is saved as."""
        return self.family if self.screen is None else Screened.name

    @property
    def saved_params(self) -> Params:
        """Its parameters, all of them."""
        own = FAMILIES[self.family].complete(self.params)
        if self.screen is None:
            return own
        return FAMILIES[Screened.name].complete({**self.screen, "family": self.family, "params": own})

    def noted(self, defence: str, words: str, **facts: Any) -> "Draft":
        """The same with one more note."""
        return replace(self, notes=(*self.notes, Note(defence, words, facts)))

    def fit(self) -> Model:
        """Learn; ``ModelError`` where the family cannot leave out what is hidden."""
        X, y, weights = self.learnt.X, self.learnt.y, self.weights
        if self.added is not None and len(self.added):
            each = self.added_weight * weights[y].sum() / len(self.added)
            X, y = np.concatenate([X, self.added]), np.append(y, np.ones(len(self.added), dtype=np.bool_))
            weights = np.append(weights, np.full(len(self.added), each))
        model = FAMILIES[self.family].fit(
            self.blind(X), y, params=self.params, seed=self.seed, weights=weights, jobs=self.jobs
        )
        self._check_blind(model)
        if self.screen is None:
            return model
        params = FAMILIES[Screened.name].complete({**self.screen, "family": self.family})
        benign = self.aside.X[~self.aside.y]
        return behind_screen(model, self.family, self.learnt.X, benign, params=params, seed=self.seed)

    def detector(self) -> Detector:
        """Learn, place the threshold, and put everything together."""
        model = self.fit()
        value = float(self.place(self.aside.y, model.score(self.aside.X)))
        return Detector(
            name=self.name,
            schema=self.schema,
            processor=self.processor,
            model=model,
            family=self.saved_family,
            params=self.saved_params,
            threshold=Threshold(value, self.rule),
            training_fingerprint=self.fingerprint,
        )

    def blind(self, X: Floats) -> Floats:
        """``X`` (n, d) as it is learnt from: what is hidden is 0 everywhere."""
        if not self.hidden:
            return X
        seen = X.copy()
        seen[:, list(self.hidden)] = 0.0
        return seen

    def _check_blind(self, model: Model) -> None:
        """What is hidden must change no score, whatever it is: shown by giving other rows' values."""
        if not self.hidden:
            return
        X = self.aside.X[:512]
        other = X.copy()
        hidden = list(self.hidden)
        other[:, hidden] = np.random.default_rng(self.seed).permutation(X[:, hidden], axis=0) + 1.0
        if not np.array_equal(model.score(X), model.score(other)):
            raise ModelError(
                f"{self.family} cannot leave inputs out: a hidden one changes its scores",
                expected="a family of trees",
                remedy="--model-type xgboost, lightgbm or another family of trees",
            )
