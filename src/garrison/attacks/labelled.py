"""Events whose truth is known, as attacks take them: checked by the detector's schema, each with its source's past."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.splits import group_ids
from garrison.detection import Detector
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features import Remembering

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Labelled:
    """The rows ``table`` without their truth, which is ``y``, bool (n,), True for malicious.

    Rows of one group, (n,), belong together (equal events, one host), as the schema says. Where the processor looks at
    what a source did before, the columns of that past are in the table, so that rows can be taken out of it.
    """

    table: pa.Table
    y: Bools
    groups: Ints
    schema: Schema

    @classmethod
    def of(cls, detector: Detector, table: pa.Table) -> "Labelled":
        """The rows of ``table``, which has labels; all of it is kept.

        Raises ``ModelError`` for a detector whose schema has no label, ``SchemaError`` where columns, values or labels
        are not what the schema says or all rows are of one class, ``DataError`` where there are no rows.
        """
        own = detector.schema
        if own.label is None:
            raise ModelError(
                f"{detector.name} was trained without labels: its schema does not say which events are malicious",
                expected="a detector whose features file has a label",
            )
        if not table.num_rows:
            raise DataError("there are no events", expected="one row or more")
        validated = own.validate(table)
        if validated.refused.num_rows:
            first = validated.refused.slice(0, 1).to_pylist()[0]
            raise SchemaError(
                f"{validated.refused.num_rows:,} row(s) cannot be attacked",
                where=f"row {first['row']}, column {first['column']}",
                expected=f"what the schema {own.name!r} says; the value there is {first['reason']}",
                remedy="leave these rows out first",
            )
        y = own.labels(validated.table)
        truth = [column.name for column in own.columns if column.role in ("label", "attack")]
        here = [name for name in truth if name in validated.table.column_names]
        events = detector.checked(validated.table.drop_columns(here))
        groups = group_ids(events, own)
        if isinstance(detector.processor, Remembering):
            events = detector.processor.live().with_past(events)  # type: ignore[attr-defined]
        return cls(events, y, groups, own)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: NDArray[np.integer]) -> "Labelled":
        """The rows at these places, in their order."""
        return replace(self, table=self.table.take(pa.array(rows)), y=self.y[rows], groups=self.groups[rows])

    def some(self, most: int | None, *, seed: int) -> "Labelled":
        """``most`` rows, drawn, in the order in which they stand; all where there are no more."""
        if most is None or most >= len(self):
            return self
        drawn = np.random.default_rng([seed, 11]).permutation(len(self))[:most]
        return self.take(np.sort(drawn))


def agreeing(schema: Schema, own: Schema) -> Schema:
    """``schema``, which says otherwise what an attacker can do, if its features are those of a detector's ``own``."""
    given, wanted = ({(each.name, each.type) for each in one.features} for one in (schema, own))
    if given != wanted:
        other = sorted(name for name, _ in given ^ wanted)
        raise SchemaError(
            f"the features file and the detector differ in {', '.join(other[:10])}"[:300],
            where=f"features file {schema.name!r}",
            expected=f"the features of {own.name!r}, by name and type",
            remedy="change only what an attacker can do, bounds and relations",
        )
    by_name = {each.name: each for each in schema.features}
    columns = tuple(by_name.get(each.name, each) if each.role == "feature" else each for each in own.columns)
    return replace(own, columns=columns, relations=schema.relations)
