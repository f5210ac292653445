"""How a live detector does, from the log of what it scored and the labels that came since."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from garrison.data.quarantine import Quarantine
from garrison.data.stores import open_store
from garrison.errors import ModelError
from garrison.files import write_json
from garrison.monitoring import (
    COLLECTION,
    Calibration,
    Performance,
    measure_performance,
    read_labels,
    read_log,
)
from garrison.monitoring.alerts import Observation
from garrison.pipelines.reports.performance import performance_report
from garrison.pipelines.watching.drift import REFUSED
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.redaction import redact

NOT_ESTIMATED = "quality cannot be estimated while labels are missing: {}"


@dataclass(frozen=True)
class PerformanceCheck:
    """What the log says of a model; ``refused`` rows of the labels could not be used, and lie in ``refused_path``."""

    model: WatchedModel
    log: str
    since: datetime | None
    performance: Performance
    refused: int
    refused_path: Path
    caveats: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "model": self.model.title,
            "detector": self.model.digest,
            "log": redact(self.log),
            "since": None if self.since is None else self.since.isoformat(),
            "refused_labels": self.refused,
            **self.performance.to_dict(),
            "caveats": list(self.caveats),
        }

    def observation(self) -> Observation:
        """What rules of alerts look at."""
        errors = {
            f"error_of_estimated_{name}": self.performance.error_of_estimate(name)
            for name in self.performance.true
        }
        return Observation(self.model.title, {**self.performance.measures, **errors})

    def write(self, path: Path) -> Path:
        """Write a page where the name ends in ``.html``, and JSON otherwise."""
        if path.suffix.lower() in {".html", ".htm"}:
            performance_report(self, path)
        else:
            write_json(path, self.to_dict())
        return path


def check_performance(
    model: str,
    log: str,
    *,
    collection: str | None = None,
    labels: Path | None = None,
    since: datetime | None = None,
    workspace: Path,
) -> PerformanceCheck:
    """Measure the scored events of ``model`` in the store ``log``; ``labels`` is a file of the truth by event id.

    A model that is named by a version is measured by the events of that version alone. Raises what reading raises.
    """
    watched = open_model(model, workspace=workspace)
    calibration, why = _calibration(watched, workspace)
    refused_path = workspace / REFUSED
    with Quarantine(refused_path) as quarantine:
        truth = None if labels is None else read_labels(labels, watched.detector.schema, quarantine)
        with open_store(log) as store, progress(f"reading {redact(log)}") as advance:
            batches = read_log(
                store, watched.name, version=watched.version, since=since, collection=collection or COLLECTION
            )

            def counted() -> Any:
                for batch in batches:
                    yield batch
                    advance(len(batch))

            found = measure_performance(counted(), calibration=calibration, labels=truth)
    caveats = (*found.caveats, *([NOT_ESTIMATED.format(why)] if why else []))
    return PerformanceCheck(watched, log, since, found, quarantine.count, refused_path, caveats)


def _calibration(model: WatchedModel, workspace: Path) -> tuple[Calibration | None, str]:
    """What the detector's scores are worth, and why that is not known."""
    try:
        scores = model.reference(workspace).scores
    except ModelError as error:
        return None, error.what
    if scores is None or scores.calibration is None:
        return None, "nobody knew the truth of the rows that were held out of its training"
    return scores.calibration, ""
