"""What the defences cost and brought, on the test part: the model of the training stage beside the defended one."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from garrison.data.schema import Schema
from garrison.defences import price_of
from garrison.defences.reach import spreads_of
from garrison.detection import Detector, Threshold
from garrison.files import write_json
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.defence_settings import DefenceSettings
from garrison.pipelines.stages.defence import notes_of
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training
from garrison.pipelines.stages.transformation import Transformation

FILE = "price.json"


@dataclass(frozen=True)
class Priced(Artifact):
    """The lines of the price table as JSON values; ``price.json`` has them too, with all that the attacks found."""

    notes: list[dict[str, Any]]
    clean: list[dict[str, Any]]
    attacked: list[dict[str, Any]]
    flags: list[str]


def find_price(
    settings: DefenceSettings,
    ingestion: Ingestion,
    transformation: Transformation,
    training: Training,
    defended: Training,
    out: Path,
    *,
    schema: Schema,
    seed: int,
) -> Priced:
    """Measure and attack both models on the same test events."""
    before, after = (
        Detector(
            name=schema.name,
            schema=schema,
            processor=transformation.processor(),
            model=each.model(),
            family=each.family,
            params=each.params,
            threshold=Threshold(each.threshold, each.threshold_rule),
            training_fingerprint=ingestion.train_fingerprint,
        )
        for each in (training, defended)
    )
    price = price_of(
        before,
        after,
        ingestion.table("test"),
        notes=notes_of(defended),
        attacks=settings.attacks,
        epsilons=settings.epsilons,
        rows=settings.rows,
        seed=seed,
        spreads=spreads_of(ingestion.table("train"), schema),
    )
    write_json(out / FILE, price.to_dict())
    return Priced(
        folder=out,
        notes=[asdict(note) for note in price.notes],
        clean=[asdict(line) for line in price.clean],
        attacked=[asdict(line) for line in price.attacked],
        flags=[
            f"{side}, {result.attack}: {flag.name}: {flag.why}"
            for side, results in price.attacks.items()
            for result in results
            for flag in result.flags
        ],
    )
