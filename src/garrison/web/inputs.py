"""What goes into a detector: the fields of an event, and the numbers that are made of them for its model."""

from dataclasses import dataclass
from pathlib import Path

from garrison.data.schema import Schema
from garrison.detection.integrity import parse_json
from garrison.detection.saved import PROCESSOR, SCHEMA, verify_detector
from garrison.errors import GarrisonError
from garrison.features import load_processor


@dataclass(frozen=True)
class Inputs:
    """The names and types of an event's fields, and the names of the numbers; empty where they are not known."""

    fields: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]


def inputs_of(folder: Path) -> Inputs:
    """What goes into a saved detector, without loading its model; ``IntegrityError`` when a byte of it was changed."""
    files = verify_detector(folder).files
    fields: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    try:
        if SCHEMA in files:
            schema = Schema.from_dict(parse_json(files[SCHEMA], where=str(folder / SCHEMA)))
            fields = tuple((each.name, each.type) for each in schema.kept(with_label=False))
        if PROCESSOR in files:
            numbers = load_processor(parse_json(files[PROCESSOR], where=str(folder / PROCESSOR))).names
    except GarrisonError:
        pass
    return Inputs(fields, numbers)
