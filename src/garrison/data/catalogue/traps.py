"""What is known to be wrong with a public data set is enforced, not only written down."""

from garrison.data.catalogue import recognised
from garrison.data.catalogue.base import Dataset
from garrison.data.schema import Schema
from garrison.errors import SchemaError


def known_traps(schema: Schema) -> Dataset | None:
    """The public data set that the schema describes, known by its columns; None for data of one's own.

    Raises ``SchemaError`` when the schema makes a feature of a column that tells the label of that set.
    """
    known = recognised(schema.names)
    if known is None:
        return None
    telling = [name for name in schema.feature_names if name in known.never]
    if telling:
        raise SchemaError(
            f"{telling[0]!r} is a feature, and in {known.title} it tells the label",
            where=f"schema {schema.name!r}",
            expected=f"none of {', '.join(known.never)} among the features",
            remedy=f"give {telling[0]!r} the role ignore, or attack where it names the attack; "
            f"`garrison datasets show {known.name}` lists the traps",
        )
    return known


def known_caveats(known: Dataset | None, rows: int) -> list[str]:
    """What every result on the set has to carry, and which part of it a file with so many rows is."""
    if known is None:
        return []
    part = known.partitions.get(rows)
    return [*known.caveats, *([f"{known.name}: {part}"] if part else [])]
