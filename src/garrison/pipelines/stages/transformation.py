"""Stage 3, transformation: events become numbers; whatever is fitted is fitted on the training part alone."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.hygiene import lone_separators, separator_caveats
from garrison.data.schema import Schema
from garrison.data.splits import group_ids
from garrison.features import EventProcessor, Processor, TabularProcessor, UrlProcessor, load_processor
from garrison.files import canonical_json
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import TransformationSettings
from garrison.pipelines.stages.ingestion import Ingestion


@dataclass(frozen=True)
class Part:
    """The training or a test part as arrays; ``attacks`` names each row's kind of attack, where anything does."""

    X: NDArray[np.float64]
    y: NDArray[np.bool_]
    groups: NDArray[np.int64]
    attacks: NDArray[np.object_] | None = None


@dataclass(frozen=True)
class Transformation(Artifact):
    """The fitted processor (``processor.json``) and each part's arrays (``train_X.npy`` and so on).

    ``caveats`` name derived numbers that tell the classes apart alone; the columns' own are in the hygiene.
    """

    names: list[str]
    caveats: list[str]

    def processor(self) -> Processor:
        """The processor as it was fitted."""
        return load_processor(json.loads((self.folder / "processor.json").read_text(encoding="utf-8")))

    def part(self, name: str) -> Part:
        """The arrays of ``train``, ``test`` or ``further_NAME``, read into memory."""
        X, y, groups = (np.load(self.folder / f"{name}_{kind}.npy") for kind in ("X", "y", "groups"))
        named = self.folder / f"{name}_attacks.npy"
        attacks = np.load(named).astype(object) if named.is_file() else None
        return Part(X=X, y=y, groups=groups, attacks=attacks)


def transform_events(
    settings: TransformationSettings, ingestion: Ingestion, out: Path, *, schema: Schema
) -> Transformation:
    """Fit the processor on the training part, transform both parts, and save all of it as data."""
    train = ingestion.table("train")
    processor = new_processor(settings).fit(train, schema)
    (out / "processor.json").write_text(canonical_json(processor.to_dict()), encoding="utf-8")
    learnt = _part(processor, train, schema)
    _save(learnt, out, "train")
    _save(_part(processor, ingestion.table("test"), schema), out, "test")
    for name in ingestion.further:
        _save(_part(processor, ingestion.further_table(name), schema), out, f"further_{name}")
    return Transformation(
        folder=out, names=list(processor.names), caveats=_caveats(processor, learnt, schema)
    )


def _save(part: Part, out: Path, name: str) -> None:
    for kind, array in (("X", part.X), ("y", part.y), ("groups", part.groups)):
        np.save(out / f"{name}_{kind}.npy", array)
    if part.attacks is not None:
        np.save(out / f"{name}_attacks.npy", part.attacks.astype(str))


def _part(processor: Processor, table: pa.Table, schema: Schema) -> Part:
    return Part(
        X=processor.transform(table),
        y=schema.labels(table),
        groups=group_ids(table, schema),
        attacks=schema.attack_names(table),
    )


def _caveats(processor: Processor, train: Part, schema: Schema) -> list[str]:
    derived = [place for place, name in enumerate(processor.names) if name not in schema.feature_names]
    names = tuple(processor.names[place] for place in derived)
    found = lone_separators(train.X[:, derived], train.y, names)
    return [caveat.text for separator in found for caveat in separator_caveats(separator)]


def new_processor(settings: TransformationSettings) -> Processor:
    """The unfitted processor that the settings name."""
    if settings.processor == "tabular":
        return TabularProcessor(impute=settings.impute)
    if settings.processor == "events":
        return EventProcessor(impute=settings.impute)
    return UrlProcessor()
