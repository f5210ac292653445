"""Where a model of trees changes its mind: the thresholds of its inputs, as values of an event's own columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.attacks.evasion.rows import Floats, Rows
from garrison.detection.compiled.compile_model import TABLES
from garrison.detection.compiled.tree_tables import TreeTables
from garrison.detection.families.screened import ScreenedModel
from garrison.detection.families.soft_voting import VotingModel
from garrison.features.events import EventProcessor
from garrison.features.tabular import TabularProcessor


def tables_of(model: Any) -> list[TreeTables]:
    """The trees of a model, of all that vote, or of a model and its screen; empty where some of it are no trees."""
    if isinstance(model, ScreenedModel):
        own, screen = tables_of(model.model), tables_of(model.screen)
        return [*own, *screen] if own and screen else []
    if isinstance(model, VotingModel):
        parts = [tables_of(member) for _, _, member in model.members]
        return [table for part in parts for table in part] if all(parts) else []
    reader = TABLES.get(type(model))
    return [] if reader is None else [reader(model)]


@dataclass(frozen=True)
class Inputs:
    """What each of a model's d inputs is: ``direct`` says which column of the rows it is, -1 where it is none.

    An input is ``(value - center) / scale``.
    """

    names: tuple[str, ...]
    direct: tuple[int, ...]
    center: Floats
    scale: Floats

    @classmethod
    def of(cls, processor: Any, rows: Rows) -> "Inputs":
        """The inputs that a fitted processor gives a model."""
        places = {column.name: place for place, column in enumerate(rows.columns) if column.type != "string"}
        names = tuple(processor.names)
        width = len(names)
        center, scale = np.zeros(width), np.ones(width)
        if isinstance(processor, TabularProcessor) and processor.scale:
            center, scale = processor.fitted.center, processor.fitted.scale
        elif isinstance(processor, EventProcessor) and processor.scale:
            center, scale = processor.fitted.center, processor.fitted.spread
        return cls(names, tuple(places.get(name, -1) for name in names), center, scale)


def thresholds(model: Any, processor: Any, rows: Rows) -> list[Floats]:
    """For each column of the rows, the values at and below which trees go left, rising and each once."""
    inputs = Inputs.of(processor, rows)
    found: list[list[Floats]] = [[] for _ in rows.columns]
    for table in tables_of(model):
        for values, column, center, scale in zip(
            table.values(), inputs.direct, inputs.center, inputs.scale, strict=True
        ):
            if column >= 0:
                found[column].append(values * scale + center)
    return [np.unique(np.concatenate(parts)) if parts else np.zeros(0) for parts in found]


def just_above(values: Floats) -> Floats:
    """The nearest numbers above, also once they have become float32."""
    with np.errstate(over="ignore"):
        near = values.astype(np.float32)
    above = np.nextafter(near, np.float32(np.inf)).astype(np.float64)
    return np.maximum(above, np.nextafter(values, np.inf))
