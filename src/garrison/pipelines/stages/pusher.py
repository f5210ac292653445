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
    """Put schema, processor, model and threshold together and save them as one detector."""
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
        caveats=tuple(evaluation.caveats),
    )
    save_detector(detector, out / "detector")
    return Packaged(folder=out, digest=sha256_of(out / "detector" / "manifest.json"))
