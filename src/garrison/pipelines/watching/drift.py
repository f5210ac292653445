"""Has what comes in changed? Events of any source held against what a detector was trained on."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from garrison.data.quarantine import Quarantine
from garrison.errors import DataError
from garrison.files import write_json
from garrison.monitoring import Current, Drift, DriftRule, Watch, find_drift
from garrison.monitoring.alerts import Moved, Observation
from garrison.monitoring.drift import BURSTS, FROM_A_LOG
from garrison.monitoring.watched import column_values
from garrison.pipelines.reports.drift import drift_report
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.redaction import redact

REFUSED = Path("monitoring") / "refused.jsonl"


@dataclass(frozen=True)
class DriftCheck:
    """What was found of a model's events; ``refused`` rows could not be read, and lie in ``refused_path``."""

    model: WatchedModel
    data: str
    since: datetime | None
    drift: Drift
    refused: int
    refused_path: Path

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "model": self.model.title,
            "detector": self.model.digest,
            "data": redact(self.data),
            "since": None if self.since is None else self.since.isoformat(),
            "refused": self.refused,
            **self.drift.to_dict(),
        }

    def observation(self) -> Observation:
        """What rules of alerts look at."""
        found = self.drift
        measures = {
            "rows": float(found.rows),
            "refused": float(self.refused),
            "drifted_columns": float(len(found.drifted)),
        }
        if found.flagged is not None:
            measures["flagged_share"] = found.flagged[1]
        moved = tuple(Moved(each.name, each.why) for each in found.drifted)
        judged = found.rows >= found.rule.least_rows
        return Observation(self.model.title, measures, moved if judged else None)

    def write(self, path: Path) -> Path:
        """Write a page where the name ends in ``.html``, and JSON otherwise."""
        if path.suffix.lower() in {".html", ".htm"}:
            drift_report(self, path)
        else:
            write_json(path, self.to_dict())
        return path


def check_drift(
    model: str,
    data: str,
    *,
    collection: str | None = None,
    since: datetime | None = None,
    rule: DriftRule | None = None,
    workspace: Path,
    jobs: int = 1,
) -> DriftCheck:
    """Hold the events of ``data`` against the training data of ``model``; memory is bounded by a batch.

    Raises ``ModelError`` where the detector was saved without a reference, ``DataError`` where there are no events,
    and what reading them raises.
    """
    watched = open_model(model, workspace=workspace)
    watch, current = Watch(watched.detector), Current(watched.reference(workspace), jobs=jobs)
    caveats: set[str] = {BURSTS} if watched.detector.schema.time else set()
    refused_path = workspace / REFUSED
    with Quarantine(refused_path) as quarantine, progress(f"reading {redact(data)}") as advance:
        events = read_events(
            watched, data, collection=collection, since=since, workspace=workspace, quarantine=quarantine
        )
        for part in events:
            if part.scores is None:
                seen = watch.see(part.table)
                current.add(seen.columns, seen.scores, rows=seen.rows)
            else:
                caveats.add(FROM_A_LOG)
                columns = column_values(part.table, watch.columns)
                current.add(columns, part.scores, rows=part.table.num_rows)
            advance(part.table.num_rows)
    if not current.rows:
        raise DataError(
            "there are no events to hold against the training data",
            where=redact(data),
            expected="one event or more" + (f" since {since.isoformat()}" if since else ""),
            remedy=f"read the reasons in {refused_path}"
            if quarantine.count
            else "check the data, and since when",
        )
    drift = find_drift(current, rule, caveats=tuple(sorted(caveats)))
    return DriftCheck(watched, data, since, drift, quarantine.count, refused_path)
