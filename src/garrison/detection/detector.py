"""The Detector: schema, processor, model and threshold in one; what is saved, pushed and served."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.detection.families import Model, Params
from garrison.detection.families.base import Floats
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features import Live, Processor, Remembering
from garrison.features.frames import as_tables

if TYPE_CHECKING:
    from garrison.detection.compiled import FastDetector


@dataclass(frozen=True)
class Threshold:
    """Rows scoring at or above ``value``, in [0, 1], are flagged; ``rule`` says how it was chosen (``fpr=0.01``).

    The next number above 1 flags nothing: the rule's answer where even the highest score gives too many false alarms.
    """

    value: float
    rule: str

    def __post_init__(self) -> None:
        """Refuse a value that is no probability."""
        if not 0 <= self.value <= math.nextafter(1, 2):
            raise ModelError(f"the threshold is {self.value}", expected="a probability from 0 to 1")


@dataclass(frozen=True, kw_only=True)
class Detector:
    """Events in, the probability that each is malicious out.

    ``measures`` and ``caveats`` are what its evaluation said of it; ``versions`` the libraries it was made with;
    ``training_fingerprint`` names its training rows; ``reference`` says what they looked like, as the JSON values of a
    ``garrison.monitoring.Reference`` (None: nothing was kept).
    """

    name: str
    schema: Schema
    processor: Processor
    model: Model
    family: str
    params: Params
    threshold: Threshold
    training_fingerprint: str
    measures: dict[str, float] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    reference: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    def score(self, table: Any) -> Floats:
        """The probability, in [0, 1], that each row is malicious, shape ``(n,)``; the label is not needed.

        ``table`` is an Arrow table or batch, a frame of pandas or polars, a dict or a list of dicts.

        Raises ``SchemaError`` when a column is missing, unexpected or there twice, and when a value is not what the
        schema says: it names the first such row, counted from 1.
        """
        return self._scored(self.checked(table), self.processor.transform)

    def verdict(self, table: Any) -> NDArray[np.bool_]:
        """Whether each row is flagged, bool ``(n,)``; raises as ``score`` does."""
        return self.score(table) >= self.threshold.value

    def score_batches(
        self, batches: Iterable[pa.Table | pa.RecordBatch], *, jobs: int = 1
    ) -> Iterator[Floats]:
        """The scores of one batch after the other; memory is bounded by a batch.

        A processor that looks at what a source did before remembers it from batch to batch: batches in the order of
        time give the scores of all events at once, and others are a ``DataError``. It goes through what it remembers
        once a batch, so that large batches are scored faster. ``jobs`` threads score (-1: one a core), where that
        changes no score.
        """
        transform: Callable[[pa.Table], Floats] = self.processor.transform
        if isinstance(self.processor, Remembering):
            transform = _in_order(self.processor.live())
        for batch in batches:
            yield self._scored(self.checked(batch), transform, jobs=jobs)

    def compiled(self, *, rows: Any = None) -> "FastDetector":
        """The same detector made to score single events fast; see ``FastDetector``.

        ``rows`` are events, as ``score`` takes them, on which its scores have to be equal too.
        """
        from garrison.detection.compiled import FastDetector

        return FastDetector(self, rows=rows)

    def checked(self, table: Any) -> pa.Table:
        """The rows of ``table``, typed as the schema types them; raises as ``score`` does."""
        given = isinstance(table, Mapping) or (isinstance(table, list | tuple) and len(table) > 0)
        if not isinstance(table, pa.Table | pa.RecordBatch):
            nothing = self.schema.arrow_schema(with_label=False).empty_table()
            table = pa.concat_tables(list(as_tables(table)) or [nothing], promote_options="permissive")
        validated = self.schema.validate(table, with_label=False)
        if validated.refused.num_rows:
            raise _refused(validated.refused, self.schema)
        if given and not validated.table.num_rows:
            raise SchemaError(
                "an event without a single column cannot be scored",
                where=f"schema {self.schema.name!r}",
                expected="at least one of its columns",
                remedy="look at what makes the events",
            )
        return validated.table

    def _scored(self, table: pa.Table, transform: Callable[[pa.Table], Floats], *, jobs: int = 1) -> Floats:
        return self.model.score(transform(table), jobs=jobs) if table.num_rows else np.empty(0)

    def to_dict(self) -> dict[str, Any]:
        """Everything about it but the schema, the processor, the model and the reference, as JSON values."""
        return {
            "name": self.name,
            "family": self.family,
            "params": self.params,
            "threshold": {"value": self.threshold.value, "rule": self.threshold.rule},
            "training_fingerprint": self.training_fingerprint,
            "measures": self.measures,
            "caveats": list(self.caveats),
        }


def _in_order(live: Live) -> Callable[[pa.Table], Floats]:
    """Transforms batch after batch, and refuses events that come after a later one: their past is no longer known."""

    def transform(batch: pa.Table) -> Floats:
        numbers = live.transform(batch)
        if live.late:
            raise DataError(
                f"{live.late:,} event(s) came after a later one of an earlier batch",
                where="score_batches",
                expected="batches in the order of time",
                remedy="sort the events first (`garrison process` does), or score them as one table",
            )
        return numbers

    return transform


def _refused(refused: pa.Table, schema: Schema) -> SchemaError:
    first = refused.slice(0, 1).to_pylist()[0]
    return SchemaError(
        f"{refused.num_rows:,} row(s) cannot be scored",
        where=f"row {first['row']}, column {first['column']}",
        expected=f"what the schema {schema.name!r} says; the value there is {first['reason']}",
        remedy="validate the rows first, and keep the refused ones apart",
    )
