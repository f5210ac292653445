"""Stage 5, evaluation: one look at the test part, and a comparison with the model in production."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.assurance import Gate, GateResult, Judgement, Rival, Span, judge_gates
from garrison.assurance.figure_names import CALIBRATION, QUALITY
from garrison.data.schema import Schema
from garrison.detection import Detector, Model, load_detector
from garrison.errors import GarrisonError
from garrison.evaluation import (
    Contributions,
    FeatureImportance,
    Interval,
    Measures,
    bootstrap_interval,
    measure,
    metric,
    paired_gain,
    permutation_importance,
)
from garrison.files import canonical_json
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import EvaluationSettings
from garrison.pipelines.stages.breakdown import break_down, explain
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training
from garrison.pipelines.stages.transformation import Part, Transformation
from garrison.registry import LocalRegistry, Version

REPORTED = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "recall@fpr=0.01",
    "recall@fpr=0.001",
    "brier",
    "ece",
)
MOST_IMPORTANT = 15
IMPORTANCE_ROWS = 1_000
RARE_ROWS = 100


@dataclass(frozen=True)
class Evaluation(Artifact):
    """What the test part said (its scores in ``test_p.npy``), and whether the candidate is accepted.

    ``judgement`` is what it was judged by, as JSON values; it goes into the version's record. ``by_attack`` and
    ``by_value`` are rows of the breakdown, ``further`` the measures of more test parts by their names, and
    ``contributions.json`` holds what drove the scores.
    """

    measures: dict[str, float]
    intervals: dict[str, dict[str, Any]]
    importances: list[dict[str, Any]]
    metric: str
    judgement: dict[str, Any]
    production: dict[str, Any] | None
    accepted: bool
    verdict: str
    caveats: list[str]
    by_attack: list[dict[str, Any]]
    by_value: dict[str, list[dict[str, Any]]]
    further: dict[str, dict[str, float]]

    def contributions(self) -> Contributions:
        """What each feature adds to the score of some rows of the test part."""
        return Contributions.from_dict(
            json.loads((self.folder / "contributions.json").read_text(encoding="utf-8"))
        )

    def scores(self) -> NDArray[np.float64]:
        """The candidate's scores of the test rows, shape (n,)."""
        scores: NDArray[np.float64] = np.load(self.folder / "test_p.npy")
        return scores


def evaluate_candidate(
    settings: EvaluationSettings,
    ingestion: Ingestion,
    transformation: Transformation,
    training: Training,
    out: Path,
    *,
    schema: Schema,
    registry: LocalRegistry,
    name: str,
    against: int | None,
    gates: tuple[Gate, ...],
    seed: int,
) -> Evaluation:
    """Score the test part once; accept the candidate if it keeps the gates and surely beats the one in production.

    ``against`` is the version in production that it is compared with; None when there is none.
    """
    test = transformation.part("test")
    model = training.model()
    scores = model.score(test.X)
    np.save(out / "test_p.npy", scores)
    threshold = training.threshold
    intervals = {
        wanted: bootstrap_interval(
            wanted,
            test.y,
            scores,
            groups=test.groups,
            threshold=threshold,
            repeats=settings.repeats,
            seed=seed,
            level=settings.level,
        )
        for wanted in dict.fromkeys((*REPORTED, settings.metric))
    }
    rival, caveats = (
        (None, [])
        if against is None
        else _against_production(
            settings,
            ingestion,
            transformation,
            training,
            scores,
            detector=load_detector(registry.load(name, version=against)),
            version=registry.find(name, against),
            seed=seed,
        )
    )
    measured = measure(test.y, scores, threshold=threshold, prevalence=settings.prevalence)
    judgement = Judgement(
        metric=settings.metric,
        found=_span(intervals[settings.metric]),
        margin=settings.margin,
        gates=_judged_gates(gates, test.y, scores, threshold),
        faults=_faults(measured, threshold),
        rival=rival,
    )
    caveats += [*_weak_threshold(measured), *model.caveats]
    details = break_down(settings, ingestion, test, scores, schema=schema, threshold=threshold, seed=seed)
    drove = explain(model, transformation, test, seed=seed)
    (out / "contributions.json").write_text(canonical_json(drove.to_dict()), encoding="utf-8")
    return Evaluation(
        folder=out,
        measures=measured.to_dict(),
        intervals={key: asdict(interval) for key, interval in intervals.items()},
        importances=[asdict(one) for one in _importances(transformation, training, seed=seed)],
        metric=settings.metric,
        judgement=judgement.model_dump(mode="json"),
        production=None if rival is None else rival.model_dump(mode="json"),
        accepted=judgement.accepted,
        verdict=judgement.verdict(),
        caveats=caveats,
        by_attack=details.attacks,
        by_value=details.values,
        further={
            part: _measures(settings, model, transformation.part(f"further_{part}"), threshold)
            for part in ingestion.further
        },
    )


def _judged_gates(
    gates: tuple[Gate, ...], y: NDArray[np.bool_], scores: NDArray[np.float64], threshold: float
) -> tuple[GateResult, ...]:
    """The gates; those that bound more than metrics are measured later, by the scorecard."""
    measured = [gate.name for gate in gates if gate.figure.part in (QUALITY, CALIBRATION)]
    return judge_gates(gates, {name: metric(name)(y, scores, threshold) for name in measured})


def _span(interval: Interval) -> Span:
    return Span(value=interval.value, low=interval.low, high=interval.high)


def _faults(measured: Measures, threshold: float) -> tuple[str, ...]:
    if measured.confusion.true_positives:
        return ()
    return (
        f"at its threshold {threshold:.4f} it catches none of {measured.positives:,} attacks; "
        "choose another rule (training.threshold), or more data",
    )


def _weak_threshold(measured: Measures) -> list[str]:
    """What to say where the threshold, placed on training rows, lies badly for the test part."""
    caught, could = measured.confusion.recall, measured.recall_at_fpr
    if caught >= could / 2:
        return []
    return [
        f"at its threshold {measured.confusion.true_positives:,} of {measured.positives:,} attacks are caught "
        f"({caught:.1%}), where another one would catch {could:.1%} at {measured.fpr:.0%} false positives"
    ]


def _measures(settings: EvaluationSettings, model: Model, part: Part, threshold: float) -> dict[str, float]:
    return measure(part.y, model.score(part.X), threshold=threshold, prevalence=settings.prevalence).to_dict()


def _against_production(
    settings: EvaluationSettings,
    ingestion: Ingestion,
    transformation: Transformation,
    training: Training,
    scores: NDArray[np.float64],
    *,
    detector: Detector,
    version: Version,
    seed: int,
) -> tuple[Rival, list[str]]:
    test = transformation.part("test")
    number, digest = version.version, version.record.digest
    try:
        old = detector.score(ingestion.table("test"))
    except GarrisonError as error:
        return Rival(version=number, digest=digest, refused=error.what), []
    gain = paired_gain(
        settings.metric,
        test.y,
        scores,
        old,
        groups=test.groups,
        threshold_new=training.threshold,
        threshold_old=detector.threshold.value,
        repeats=settings.repeats,
        seed=seed,
        level=settings.level,
    )
    caveats = []
    if detector.training_fingerprint != ingestion.train_fingerprint:
        caveats.append(
            f"the model in production (version {number}) was trained on other rows, and may have seen rows "
            "of this test part: the comparison can favour it"
        )
    value = metric(settings.metric)(test.y, old, detector.threshold.value)
    return Rival(version=number, digest=digest, value=value, gain=_span(gain)), caveats


def _importances(
    transformation: Transformation, training: Training, *, seed: int
) -> tuple[FeatureImportance, ...]:
    """What the detector looks at: by the test part, as training rows would flatter; nothing is chosen by it.

    Some rows are drawn; where a rare class is not among them, rows of it are added.
    """
    test = transformation.part("test")
    order = np.random.default_rng(seed).permutation(len(test.y))
    rows = order[:IMPORTANCE_ROWS]
    for side in (test.y, ~test.y):
        if not side[rows].any():
            rows = np.concatenate([rows, order[side[order]][:RARE_ROWS]])
    found = permutation_importance(
        training.model().score,
        test.X[rows],
        test.y[rows],
        metric="average_precision",
        names=transformation.names,
        repeats=3,
        seed=seed,
    )
    return found[:MOST_IMPORTANT]
