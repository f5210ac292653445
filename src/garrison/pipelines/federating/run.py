"""The story: images → parties → a model for every cell and seed → attacks on the saved models → one table.

Nothing is trained for an attack: a run that is resumed with other attacks takes its models as they lie.
"""

from pathlib import Path

from garrison.federated import read_images
from garrison.pipelines.federating.cards import CardsOfCells, make_cards
from garrison.pipelines.federating.data import sides_of
from garrison.pipelines.federating.findings import Measured, differences, entries
from garrison.pipelines.federating.inversion import InvertedModels, invert_models
from garrison.pipelines.federating.membership import FoundInCells, find_members
from garrison.pipelines.federating.party_members import FoundInUpdates, find_party_members
from garrison.pipelines.federating.publishing import publish_cell
from garrison.pipelines.federating.report import Answered, write_answer
from garrison.pipelines.federating.settings import PIPELINE, FederatedSettings, load_federated_settings
from garrison.pipelines.federating.training import LIBRARIES, TrainedCells, train_cells
from garrison.pipelines.federating.updates import InvertedUpdates, invert_updates
from garrison.pipelines.kept_run import run_stages, run_to_resume
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.publishing import check_places
from garrison.pipelines.steps import Steps, checked_stage
from garrison.run.fingerprint import versions
from garrison.run.folder import RunFolder
from garrison.run.settings import settings_json

STAGES = ("training", "membership", "party_members", "inversion", "updates", "scorecards")


def run_federated(
    settings: FederatedSettings, *, workspace: Path, name: str | None = None, until: str | None = None
) -> Outcome:
    """Run the pipeline in a new folder under ``workspace``/runs; ends after stage ``until`` if one is named."""
    checked_stage(until, STAGES)
    read_images(settings.data.name)
    run = RunFolder.create(workspace / "runs", pipeline=PIPELINE, name=name)
    return _run(settings, run, until)


def resume_federated(
    name: str,
    *,
    workspace: Path,
    config: Path | None = None,
    overrides: tuple[str, ...] = (),
    until: str | None = None,
) -> Outcome:
    """Go on with a run: what is finished, and of which the settings are as they were, is not made again."""
    checked_stage(until, STAGES)
    run, kept = run_to_resume(workspace, name, pipeline=PIPELINE, config=config)
    return _run(load_federated_settings(kept, overrides=overrides), run, until)


def _run(settings: FederatedSettings, run: RunFolder, until: str | None) -> Outcome:
    return run_stages(
        run,
        settings_json(settings),
        seed=settings.seed,
        stages=lambda step: _stages(settings, run, step),
        until=until,
    )


def _stages(settings: FederatedSettings, run: RunFolder, step: Steps) -> Outcome:
    if settings.pusher.cell is not None:
        check_places(settings.pusher, name=settings.name, tracking_uri=None)
    sides = sides_of(read_images(settings.data.name), settings)
    attacks, path = settings.attacks, run.path
    trained = step(
        "training",
        TrainedCells,
        lambda out: train_cells(settings, sides, out, run=path),
        inputs=[_training_inputs(settings), versions(*LIBRARIES)],
    )
    measured = [Measured(row["cell"], row["seed"], "accuracy", row["accuracy"]) for row in trained.rows]
    inverted = updates = members = sent = None
    if attacks.membership is not None:
        members = step(
            "membership",
            FoundInCells,
            lambda out: find_members(settings, sides, trained, out, run=path),
            inputs=settings_json(attacks.membership),
        )
        sent = step(
            "party_members",
            FoundInUpdates,
            lambda out: find_party_members(settings, sides, trained, out, run=path),
            inputs=settings_json(attacks.membership),
        )
        measured += [*members.measured(), *sent.measured()]
    if attacks.inversion is not None:
        inverted = step(
            "inversion",
            InvertedModels,
            lambda out: invert_models(settings, sides, trained, out, run=path),
            inputs=settings_json(attacks.inversion),
        )
        measured += inverted.measured()
    if attacks.updates is not None:
        updates = step(
            "updates",
            InvertedUpdates,
            lambda out: invert_updates(settings, sides, out),
            inputs=settings_json(attacks.updates),
        )
        measured += updates.measured()
    measured += by_construction(settings)
    found = entries(settings.cells, measured)
    cards = step(
        "scorecards",
        CardsOfCells,
        lambda out: make_cards(settings, sides, trained, found, out, run=path),
        inputs=[settings.gates, settings.name],
    )
    published = publish_cell(settings, sides, trained, cards, run=run, workspace=run.path.parents[1])
    return write_answer(
        Answered(
            settings=settings,
            run=run,
            sides=sides,
            trained=trained,
            inverted=inverted,
            updates=updates,
            members=members,
            sent=sent,
            cards=cards,
            published=published,
            found=found,
            compared=differences(found),
            seconds=step.seconds,
        )
    )


def by_construction(settings: FederatedSettings) -> list[Measured]:
    """What need not be measured: where data are pooled, the server has every image."""
    pooled = [cell.key for cell in settings.cells if not cell.federated]
    wanted = [
        *(["updates_server"] if settings.attacks.updates is not None else []),
        *(["membership_server"] if settings.attacks.membership is not None else []),
    ]
    return [
        Measured(cell, seed, measure, 1.0, by_construction=True)
        for cell in pooled
        for measure in wanted
        for seed in range(settings.seeds)
    ]


def _training_inputs(settings: FederatedSettings) -> object:
    """What models depend on; how they are called, judged and kept changes none of them."""
    facts = settings_json(settings.model_copy(update={"name": PIPELINE}))
    half = settings.attacks.membership is not None
    after = ("attacks", "gates", "jobs", "pusher")
    return [{key: value for key, value in facts.items() if key not in after}, half]
