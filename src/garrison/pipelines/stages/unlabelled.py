"""Stages for events whose truth nobody knows: what is unusual is learnt from all of them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from garrison.data.catalogue.traps import known_caveats, known_traps
from garrison.data.hygiene import inspect_hygiene
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.splits_by_time import later_part
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.errors import SchemaError, SettingsError
from garrison.features import load_processor
from garrison.files import sha256_of
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import DetectionSettings, IngestionSettings, TrainingSettings
from garrison.pipelines.stages.ingestion import read_events, simulated_caveats
from garrison.pipelines.stages.landing import land
from garrison.pipelines.stages.splitting import with_past
from garrison.pipelines.stages.transformation import new_processor
from garrison.pipelines.stages.watching import with_reference
from garrison.pipelines.threshold_rule import ThresholdRule
from garrison.run.fingerprint import table_fingerprint

NO_LABELS = "the events have no labels: nothing is known of how many attacks are caught, nor of false alarms"


@dataclass(frozen=True)
class UnlabelledEvents(Artifact):
    """Events in two parts: ``train.parquet`` to learn from, ``later.parquet`` to place the threshold by."""

    origin: str
    rows: int
    later_rows: int
    refused: int
    train_fingerprint: str
    hygiene: dict[str, Any]
    caveats: list[str]

    def table(self, part: str) -> pa.Table:
        """The rows of ``train`` or ``later``."""
        return pq.read_table(self.folder / f"{part}.parquet")


@dataclass(frozen=True)
class UnlabelledModel(Artifact):
    """The detector's folder (``detector/``), its threshold, and the share of the later events that it flags."""

    family: str
    threshold: float
    flagged: float
    digest: str


def take_events(
    settings: IngestionSettings,
    out: Path,
    *,
    schema: Schema,
    workspace: Path,
    quarantine_path: Path,
    seed: int,
) -> UnlabelledEvents:
    """Read the events without any label; the latest of them, or where there is no time some of them, stand aside."""
    known = known_traps(schema)
    with Quarantine(quarantine_path) as quarantine:
        landed = land(
            settings, schema=schema, workspace=workspace, quarantine=quarantine, with_label=False, seed=seed
        )
        table = read_events(landed, schema=schema, quarantine=quarantine, with_label=False)
        refused = quarantine.count
    if table.num_rows < 2:
        raise SchemaError(
            "there are not two events to work with",
            where=landed.origin,
            expected="rows that fit the features file",
            remedy=f"read the reasons in {quarantine_path}" if refused else "check the file",
        )
    table = with_past(table, schema)
    if schema.time is not None:
        times = table.column(schema.time).cast(pa.int64()).to_numpy()
        earlier, later = later_part(times, share=settings.test_share)
    else:
        drawn = np.random.default_rng(seed).permutation(table.num_rows)
        aside = max(1, round(settings.test_share * table.num_rows))
        earlier, later = np.sort(drawn[aside:]), np.sort(drawn[:aside])
    parts = {"train": table.take(pa.array(earlier)), "later": table.take(pa.array(later))}
    for name, part in parts.items():
        pq.write_table(part, out / f"{name}.parquet", compression="zstd")
    return UnlabelledEvents(
        folder=out,
        origin=landed.origin,
        rows=table.num_rows,
        later_rows=len(later),
        refused=refused,
        train_fingerprint=table_fingerprint(parts["train"]),
        hygiene=asdict(inspect_hygiene(table, schema)),
        caveats=[
            NO_LABELS,
            *known_caveats(known, table.num_rows + refused),
            *simulated_caveats(table),
        ],
    )


def learn_the_usual(
    settings: DetectionSettings, events: UnlabelledEvents, out: Path, *, schema: Schema
) -> UnlabelledModel:
    """Fit a family that needs no labels, flag the most unusual share of the later events, and save the detector.

    Raises ``SettingsError`` when the family needs labels, or the rule of the threshold does.
    """
    family, share = unsupervised_family(settings.training), alert_share(settings.training)
    train = events.table("train")
    processor = new_processor(settings.transformation).fit(train, schema)
    params = settings.training.params.get(family, {})
    X = processor.transform(train)
    model = FAMILIES[family].fit(X, None, params=params, seed=settings.seed, jobs=settings.jobs)
    scores = model.score(processor.transform(events.table("later")))
    np.save(out / "later_p.npy", scores)
    threshold = float(np.quantile(scores, 1 - share, method="higher"))
    detector = Detector(
        name=settings.name,
        schema=schema,
        processor=load_processor(processor.to_dict()),
        model=model,
        family=family,
        params=FAMILIES[family].complete(params),
        threshold=Threshold(value=threshold, rule=f"flags={share:g}"),
        training_fingerprint=events.train_fingerprint,
        caveats=tuple(events.caveats),
    )
    save_detector(with_reference(detector, train, X, scores=scores), out / "detector")
    return UnlabelledModel(
        folder=out,
        family=family,
        threshold=threshold,
        flagged=float((scores >= threshold).mean()),
        digest=sha256_of(out / "detector" / "manifest.json"),
    )


def unsupervised_family(settings: TrainingSettings) -> str:
    """The one family of the settings, if it learns without labels."""
    named = [name for name in settings.families if not FAMILIES[name].supervised]
    if not named:
        known = [name for name, family in FAMILIES.items() if not family.supervised]
        raise SettingsError(
            f"{settings.families[0]} learns from labels, and the events have none",
            expected="one of " + ", ".join(known),
            remedy=f"--model-type {known[0]}, or data with labels",
        )
    return named[0]


def alert_share(settings: TrainingSettings) -> float:
    """The share of events to be flagged: that of ``fpr=SHARE``, as nearly all events are benign."""
    rule = ThresholdRule.read(settings.threshold)
    if rule.kind != "fpr":
        raise SettingsError(
            f"the threshold {settings.threshold!r} is placed by labels, and the events have none",
            expected="fpr=0.01: the most unusual hundredth of the events is flagged",
            remedy="--set training.threshold=fpr=0.01",
        )
    return rule.value
