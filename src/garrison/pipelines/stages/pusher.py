"""Stage 6, pusher: the detector is saved and kept in the registry; an accepted one goes to production."""

from dataclasses import dataclass
from pathlib import Path

from garrison.data.schema import Schema
from garrison.detection import Detector, Threshold, save_detector
from garrison.files import sha256_of
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training
from garrison.pipelines.stages.transformation import Transformation
from garrison.pipelines.stages.watching import with_reference


@dataclass(frozen=True)
class Packaged(Artifact):
    """The detector's folder (``detector/``) and the digest that names its content."""

    digest: str

    @property
    def detector(self) -> Path:
        """The saved detector."""
        return self.folder / "detector"


def package_detector(
    ingestion: Ingestion,
    transformation: Transformation,
    training: Training,
    evaluation: Evaluation,
    out: Path,
    *,
    schema: Schema,
    name: str,
) -> Packaged:
    """Put schema, processor, model and threshold together and save them as one detector.

    A sketch of its training rows, and of its scores of the test part, is saved with it: see `garrison monitor drift`.
    """
    detector = Detector(
        name=name,
        schema=schema,
        processor=transformation.processor(),
        model=training.model(),
        family=training.family,
        params=training.params,
        threshold=Threshold(value=training.threshold, rule=training.threshold_rule),
        training_fingerprint=ingestion.train_fingerprint,
        measures=evaluation.measures,
        caveats=(
            *ingestion.caveats,
            *(caveat["text"] for caveat in ingestion.hygiene["caveats"]),
            *transformation.caveats,
            *evaluation.caveats,
            *_unseen_caveat(training),
        ),
    )
    train, test = transformation.part("train"), transformation.part("test")
    watchable = with_reference(
        detector, ingestion.table("train"), train.X, scores=evaluation.scores(), y=test.y
    )
    save_detector(watchable, out / "detector")
    return Packaged(folder=out, digest=sha256_of(out / "detector" / "manifest.json"))


def _unseen_caveat(training: Training) -> tuple[str, ...]:
    """How well kinds of attack are found that training never saw, in one sentence."""
    rows = training.unseen or []
    if not rows:
        return ()
    mean = sum(row["recall"] for row in rows) / len(rows)
    worst = min(rows, key=lambda row: row["recall"])
    return (
        f"of kinds of attack held out of training, {mean:.0%} of a kind was caught on average, and "
        f"{worst['recall']:.0%} of {worst['attack']}",
    )
