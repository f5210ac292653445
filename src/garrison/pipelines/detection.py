"""How every detection pipeline runs: events are split, checked, turned into numbers, learnt by several families and
judged once on the test part; the accepted detector goes to production.
"""

from pathlib import Path

from garrison.assurance import read_gates
from garrison.data.raw import raw_files
from garrison.data.schema import Schema
from garrison.files import sha256_of, sha256_of_json
from garrison.pipelines.kept_run import run_stages
from garrison.pipelines.kept_settings import resolved
from garrison.pipelines.outcome import Outcome, stopped_after
from garrison.pipelines.publishing import (
    Candidate,
    check_places,
    production_before,
    publish,
    push_elsewhere,
)
from garrison.pipelines.recording import Recorder, open_recorder
from garrison.pipelines.reports.run import Made, write_run_report
from garrison.pipelines.settings import DetectionSettings
from garrison.pipelines.stages.defence import check_defence, defend_model
from garrison.pipelines.stages.evaluation import Evaluation, evaluate_candidate
from garrison.pipelines.stages.ingestion import Ingestion, ingest_events
from garrison.pipelines.stages.price import Priced, find_price
from garrison.pipelines.stages.pusher import Packaged, package_detector
from garrison.pipelines.stages.scorecard import (
    Carded,
    judged_again,
    keep_with,
    measure_scorecard,
    wanted_parts,
)
from garrison.pipelines.stages.training import Training, train_models
from garrison.pipelines.stages.transformation import Transformation, transform_events
from garrison.pipelines.stages.validation import Validation, stop_if_failed, validate_events
from garrison.pipelines.steps import ReachedStage, Steps, checked_stage
from garrison.registry import LocalRegistry
from garrison.run.fingerprint import versions
from garrison.run.folder import RunFolder
from garrison.run.redaction import redact_value
from garrison.run.settings import settings_json

STAGES = ("ingestion", "validation", "transformation", "training", "evaluation", "pusher")


def run_detection(
    settings: DetectionSettings, features: Path, *, run: RunFolder, workspace: Path, until: str | None = None
) -> Outcome:
    """Run, or go on with, a detection pipeline in ``run``; ends after stage ``until`` if one is named.

    After the last stage comes the end in any case: the detector goes to the registry.
    """
    checked_stage(until, STAGES)
    last = None if until == STAGES[-1] else until

    def recorded(step: Steps) -> Outcome:
        with open_recorder(settings, run=run, workspace=workspace, log=step.log) as recorder:
            try:
                return _stages(settings, features, run, recorder, step, workspace)
            except ReachedStage as reached:
                return stopped_after(str(reached), run)

    return run_stages(run, resolved(settings, features), seed=settings.seed, stages=recorded, until=last)


def _stages(
    settings: DetectionSettings,
    features: Path,
    run: RunFolder,
    recorder: Recorder,
    step: Steps,
    workspace: Path,
) -> Outcome:
    schema = Schema.read(features)
    seed, jobs = settings.seed, settings.jobs
    check_defence(settings.defence, settings.training)
    check_places(settings.pusher, name=settings.name, tracking_uri=recorder.tracking_uri)
    registry = LocalRegistry(Path(settings.pusher.registry or workspace / "models"))
    gates = read_gates(settings.gates)
    ingestion = step(
        "ingestion",
        Ingestion,
        lambda out: ingest_events(
            settings.ingestion,
            out,
            schema=schema,
            workspace=workspace,
            quarantine_path=run.path / "refused.jsonl",
            seed=seed,
        ),
        inputs=[
            redact_value(settings_json(settings.ingestion)),
            schema.to_dict(),
            [_digest(each) for each in (settings.ingestion.data, *settings.ingestion.test)],
            seed,
            versions(),
        ],
        then=recorder.data,
    )
    validation = step(
        "validation",
        Validation,
        lambda out: validate_events(settings.validation, ingestion, out, schema=schema, workspace=workspace),
        inputs=[settings_json(settings.validation), _digest(settings.validation.reference)],
        then=lambda made: stop_if_failed(settings.validation, made),
    )
    transformation = step(
        "transformation",
        Transformation,
        lambda out: transform_events(settings.transformation, ingestion, out, schema=schema),
        inputs=settings_json(settings.transformation),
    )
    training = step(
        "training",
        Training,
        lambda out: train_models(settings.training, transformation, out, seed=seed, jobs=jobs),
        inputs=[settings_json(settings.training), seed],
        then=recorder.training,
    )
    undefended = training
    if settings.defence.names:
        training = step(
            "defence",
            Training,
            lambda out: defend_model(
                settings.defence,
                settings.training,
                ingestion,
                transformation,
                undefended,
                out,
                schema=schema,
                seed=seed,
                jobs=jobs,
            ),
            inputs=[settings_json(settings.defence), seed],
        )
    against = production_before(registry, settings.name, run.id)
    evaluation = step(
        "evaluation",
        Evaluation,
        lambda out: evaluate_candidate(
            settings.evaluation,
            ingestion,
            transformation,
            training,
            out,
            schema=schema,
            registry=registry,
            name=settings.name,
            against=against,
            gates=gates,
            seed=seed,
        ),
        inputs=[
            [settings_json(settings.evaluation), settings.gates],
            [settings.name, against, _detector_digest(registry, settings.name, against)],
            seed,
        ],
        then=recorder.evaluation,
    )
    packaged = step(
        "pusher",
        Packaged,
        lambda out: package_detector(
            ingestion, transformation, training, evaluation, out, schema=schema, name=settings.name
        ),
        inputs=settings.name,
    )
    if settings.defence.names:
        step(
            "price",
            Priced,
            lambda out: find_price(
                settings.defence,
                ingestion,
                transformation,
                undefended,
                training,
                out,
                schema=schema,
                seed=seed,
            ),
            inputs=[settings_json(settings.defence), seed],
        )
    carded = None
    if wanted_parts(settings.scorecard, gates):
        carded = step(
            "scorecard",
            Carded,
            lambda out: measure_scorecard(
                settings.scorecard,
                gates,
                ingestion,
                packaged,
                out,
                name=settings.name,
                workspace=workspace,
                kept=run.path / "unfinished",
                seed=seed,
                jobs=jobs,
            ),
            inputs=[settings_json(settings.scorecard), settings.gates, seed],
        )
        evaluation = judged_again(evaluation, carded)
    candidate = Candidate(
        folder=packaged.detector,
        digest=packaged.digest,
        measures=evaluation.measures,
        judgement=evaluation.judgement,
        accepted=evaluation.accepted,
        verdict=evaluation.verdict,
        settings=settings_json(settings),
    )
    published = publish(
        candidate, settings.pusher, name=settings.name, registry=registry, run=run, against=against
    )
    if carded is not None:
        keep_with(registry.find(settings.name, published.version), registry, carded)
    made = Made(
        settings=settings,
        run=run,
        seconds=step.seconds,
        ingestion=ingestion,
        validation=validation,
        transformation=transformation,
        training=training,
        evaluation=evaluation,
        published=published,
        scorecard=None if carded is None else carded.page,
    )
    outcome, pictures = write_run_report(made)
    recorder.outcome(outcome, packaged, pictures)
    push_elsewhere(published, candidate, run=run, name=settings.name, tracking_uri=recorder.tracking_uri)
    return outcome


def _detector_digest(registry: LocalRegistry, name: str, version: int | None) -> str:
    """The digest of the detector that the candidate is compared with; "" where there is none."""
    if version is None:
        return ""
    return sha256_of(registry.load(name, version=version) / "manifest.json")


def _digest(data: str | None) -> str:
    """The digest of the files of data, so that changed ones are read again; stores are taken as they stood."""
    path = Path(data or "")
    if data and path.is_dir():
        return sha256_of_json([sha256_of(each) for each in raw_files(path)])
    return sha256_of(path) if data and path.is_file() else ""
