"""Training without labels: the usual is learnt, and the most unusual share of what comes is flagged."""

from pathlib import Path

from garrison.data.schema import Schema
from garrison.pipelines.kept_run import run_stages
from garrison.pipelines.kept_settings import resolved
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.reports.unlabelled import write_unlabelled_report
from garrison.pipelines.settings import DetectionSettings, Loaded
from garrison.pipelines.stages.unlabelled import (
    NO_LABELS,
    UnlabelledEvents,
    UnlabelledModel,
    alert_share,
    learn_the_usual,
    take_events,
    unsupervised_family,
)
from garrison.pipelines.starting import WITHOUT_LABELS
from garrison.pipelines.steps import Steps
from garrison.registry import LocalRegistry
from garrison.run.fingerprint import versions
from garrison.run.folder import RunFolder
from garrison.run.settings import settings_json


def check_unlabelled(settings: DetectionSettings) -> None:
    """Raise ``SettingsError`` where the family or the rule of the threshold needs labels."""
    unsupervised_family(settings.training)
    alert_share(settings.training)


def run_unlabelled(loaded: Loaded, *, run: RunFolder, workspace: Path) -> Outcome:
    """Train on events without labels; the detector goes to experimental, as nothing can be said of its quality."""
    facts = resolved(loaded.settings, loaded.features)
    return run_stages(
        run, facts, seed=loaded.settings.seed, stages=lambda step: _stages(loaded, run, step, workspace)
    )


def _stages(loaded: Loaded, run: RunFolder, step: Steps, workspace: Path) -> Outcome:
    settings, schema = loaded.settings, Schema.read(loaded.features)
    run.update_record(notes={**run.record.notes, WITHOUT_LABELS: True})
    events = step(
        "ingestion",
        UnlabelledEvents,
        lambda out: take_events(
            settings.ingestion,
            out,
            schema=schema,
            workspace=workspace,
            quarantine_path=run.path / "refused.jsonl",
            seed=settings.seed,
        ),
        inputs=[settings_json(settings.ingestion), schema.to_dict(), settings.seed, versions()],
    )
    model = step(
        "training",
        UnlabelledModel,
        lambda out: learn_the_usual(settings, events, out, schema=schema),
        inputs=[
            settings.name,
            settings_json(settings.training),
            settings_json(settings.transformation),
        ],
    )
    registry = LocalRegistry(Path(settings.pusher.registry or workspace / "models"))
    version = registry.push(
        model.folder / "detector",
        settings.name,
        record={"run": run.id, "reason": NO_LABELS, "manifest_sha256": model.digest},
    )
    report = write_unlabelled_report(settings, events, model, run=run)
    run.update_record(report=str(report))
    return Outcome(
        pipeline=run.record.pipeline,
        run_id=run.id,
        folder=run.path,
        report=report,
        model=f"{settings.name} version {version.version} ({model.family}), {version.path}",
        accepted=None,
        verdict="experimental: without labels there is nothing to judge it by",
        results=(
            ("events", f"{events.rows:,}", f"{events.refused:,} refused"),
            ("flagged", f"{model.flagged:.4f}", f"of {events.later_rows:,} events that stood aside"),
            ("threshold", f"{model.threshold:.4f}", "score of the least unusual event flagged"),
        ),
        caveats=(*events.caveats, *(caveat["text"] for caveat in events.hygiene["caveats"])),
        detector=version.path / "detector",
    )
