"""What a run tells the tracking server, and keeps in its own record."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from garrison.assurance import Picture, save_png
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.settings import DetectionSettings
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.pusher import Packaged
from garrison.pipelines.stages.training import Training
from garrison.progress import say
from garrison.run.folder import RunFolder
from garrison.run.settings import settings_json
from garrison.run.tracking import OFF, Tracking, open_tracking


class Recorder:
    """Passes what the stages found to tracking and to the run's record."""

    def __init__(self, run: RunFolder, tracking: Tracking | None) -> None:
        self._run = run
        self._tracking = tracking

    @property
    def tracking_uri(self) -> str | None:
        """The MLflow server that the run is told to, None when it is told to none."""
        return None if self._tracking is None or self._tracking.uri == OFF else self._tracking.uri

    def settings(self, settings: DetectionSettings) -> None:
        """The settings as parameters, and what the run was made with as tags."""
        record = self._run.record
        if self._tracking is not None:
            self._tracking.params(settings_json(settings))
            versions = {f"version.{name}": version for name, version in record.versions.items()}
            self._tracking.tags(
                {"garrison.run": record.id, "git_commit": record.git_commit or "unknown", **versions}
            )

    def data(self, ingestion: Ingestion) -> None:
        """The data's fingerprint and counts."""
        self._run.update_record(data_fingerprint=ingestion.fingerprint)
        if ingestion.refused:
            say(
                f"{ingestion.refused:,} rows refused; they and the reasons: {self._run.path / 'refused.jsonl'}"
            )
        if self._tracking is not None:
            self._tracking.tags({"data.fingerprint": ingestion.fingerprint, "data.origin": ingestion.origin})
            self._tracking.metrics(
                {
                    "data.rows": ingestion.rows,
                    "data.train_rows": ingestion.train_rows,
                    "data.test_rows": ingestion.test_rows,
                    "data.refused": ingestion.refused,
                }
            )

    def training(self, training: Training) -> None:
        """The leaderboard: each family's best cross-validated value."""
        if self._tracking is not None:
            best: dict[str, float] = {}
            for row in training.leaderboard:
                best.setdefault(f"cv.{row['family']}", row["mean"])
            self._tracking.metrics(best)
            self._tracking.tags({"model.family": training.family, "model.metric": training.metric})

    def evaluation(self, evaluation: Evaluation) -> None:
        """The figures of the test part."""
        self._run.update_record(metrics=evaluation.measures)
        if self._tracking is not None:
            self._tracking.metrics({f"test.{name}": value for name, value in evaluation.measures.items()})

    def outcome(self, outcome: Outcome, packaged: Packaged, pictures: dict[str, Picture]) -> None:
        """The verdict, the report, the pictures and the detector."""
        self._run.update_record(report=str(outcome.report))
        if self._tracking is not None and outcome.report is not None:
            self._tracking.tags({"verdict": outcome.verdict, "accepted": str(outcome.accepted)})
            self._tracking.artifact(outcome.report)
            self._tracking.artifact(packaged.detector)
            for name, picture in pictures.items():
                png = save_png(picture, self._run.path / "pictures" / f"{name}.png")
                self._tracking.picture(png.name, png.read_bytes())


@contextlib.contextmanager
def open_recorder(
    settings: DetectionSettings, *, run: RunFolder, workspace: Path, log: FilteringBoundLogger
) -> Iterator[Recorder]:
    """A recorder for the run; on leaving, tracking is told how it ended."""
    if not settings.tracking.enabled:
        yield Recorder(run, None)
        return
    tracking = open_tracking(
        settings.tracking.uri,
        experiment=settings.tracking.experiment or settings.name,
        workspace=workspace,
        run_folder=run.path,
        run_name=run.id,
    )
    with tracking:
        recorder = Recorder(run, tracking)
        recorder.settings(settings)
        yield recorder
    sent = tracking.finish()
    if sent.left and tracking.uri != OFF:
        say(f"tracking: {sent.left:,} facts are not sent; later: garrison runs sync {run.id}")
        log.warning("the tracking server missed some of the run", left=sent.left, problem=sent.problem)
