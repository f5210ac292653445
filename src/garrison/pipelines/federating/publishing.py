"""Where the model of a chosen cell goes: always to experimental; to production if it keeps its gates and gains."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from garrison.assurance import Gate, GateResult, Judgement, Rival, Span, read_gates
from garrison.assurance.figure_names import LEAKAGE
from garrison.assurance.scorecard import Scorecard
from garrison.errors import GarrisonError
from garrison.evaluation import Interval, share_gain, share_interval
from garrison.federated import NetworkModel, load_model
from garrison.pipelines.federating.cards import CardsOfCells
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import TrainedCells, model_folder, saved_model
from garrison.pipelines.publishing import Candidate, Published, publish, push_elsewhere
from garrison.registry import LocalRegistry, keep_scorecard
from garrison.run.folder import RunFolder
from garrison.run.settings import settings_json

METRIC = "accuracy"


@dataclass(frozen=True)
class PublishedCell:
    """The cell whose model was pushed, what it was judged by, and the version it got."""

    cell: Cell
    judgement: Judgement
    version: Published


def publish_cell(
    settings: FederatedSettings,
    sides: Sides,
    trained: TrainedCells,
    cards: CardsOfCells,
    *,
    run: RunFolder,
    workspace: Path,
) -> PublishedCell | None:
    """Push the first seed's model of the cell that the settings name, and promote it if nothing speaks against it.

    Its accuracy is its own, on the test images; gates on anything else go by the scorecard of its cell, which speaks of
    all models trained alike. None where no cell is named.
    """
    pusher, name = settings.pusher, settings.name
    cell = next((each for each in settings.cells if each.key == pusher.cell), None)
    if cell is None:
        return None
    registry = LocalRegistry(Path(pusher.registry) if pusher.registry else workspace / "models")
    row = trained.of(cell)[0]
    model, card, digest = saved_model(run.path, row), cards.of(cell), str(row["digest"])
    against = _rival(registry, name, digest)
    judgement = judge_cell(settings, sides, model, card, registry=registry, against=against)
    candidate = Candidate(
        folder=model_folder(run.path, cell, int(row["seed"])),
        digest=digest,
        measures={METRIC: judgement.found.value}
        | {
            figure.name: figure.value
            for part in card.parts
            if part.name == LEAKAGE
            for figure in part.figures
        },
        judgement=judgement.model_dump(mode="json"),
        accepted=judgement.accepted,
        verdict=judgement.verdict(),
        settings=settings_json(settings),
    )
    version = publish(candidate, pusher, name=name, registry=registry, run=run, against=against)
    title = f"{version.stage}/{name}@{version.version}"
    keep_scorecard(registry, card.model_copy(update={"model": title, "version": version.version}))
    push_elsewhere(version, candidate, run=run, name=name, tracking_uri=None)
    return PublishedCell(cell, judgement, version)


def judge_cell(
    settings: FederatedSettings,
    sides: Sides,
    model: NetworkModel,
    card: Scorecard,
    *,
    registry: LocalRegistry,
    against: int | None,
) -> Judgement:
    """What speaks for and against the model: its gates, and its accuracy beside that of version ``against``.

    Both are asked about the same test images; a network that takes other images, or knows other classes, cannot be
    compared.
    """
    right = _right(model, sides)
    found = share_interval(right)
    rival = None
    if against is not None:
        version = registry.find(settings.name, against)
        number, digest = version.version, version.record.digest
        try:
            old = _right(load_model(registry.load(settings.name, version=number)), sides)
        except GarrisonError as error:
            rival = Rival(version=number, digest=digest, refused=error.what)
        else:
            gain = _span(share_gain(right, old, seed=settings.seed))
            rival = Rival(version=number, digest=digest, value=float(old.mean()), gain=gain)
    return Judgement(
        metric=METRIC,
        found=_span(found),
        margin=settings.pusher.margin,
        gates=tuple(_judged(gate, card, found.value) for gate in read_gates(settings.gates)),
        rival=rival,
    )


def _judged(gate: Gate, card: Scorecard, accuracy: float) -> GateResult:
    return gate.judge(accuracy) if gate.name == METRIC else card.judged(gate)


def _right(model: NetworkModel, sides: Sides) -> NDArray[np.bool_]:
    """Which test images the model is right about, bool ``(n,)``."""
    return np.asarray(model.logits(sides.test_x).argmax(axis=1) == sides.test_y)


def _span(interval: Interval) -> Span:
    return Span(value=interval.value, low=interval.low, high=interval.high)


def _rival(registry: LocalRegistry, name: str, digest: str) -> int | None:
    """The version in production that a model is measured against: not itself, where it stands there already."""
    current = registry.current(name)
    known = {version.version: version for version in registry.versions(name)}
    number = current.version if current else None
    while number in known and known[number].record.facts.get("manifest_sha256") == digest:
        number = known[number].record.parent
    return number if number in known else None
