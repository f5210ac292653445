"""What a batch is answered with: a score and a verdict for each event, or why it has none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Refusal:
    """Why event number ``row`` (the first being 1) was not scored: the field, what was wrong, and its value."""

    row: int
    field: str
    reason: str
    value: str | None = None

    def __str__(self) -> str:
        """As a person reads it."""
        return f"{self.field}: {self.reason}" if self.field else self.reason

    def to_dict(self) -> dict[str, int | str | None]:
        """As JSON values."""
        return {"row": self.row, "field": self.field, "reason": self.reason, "value": self.value}


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The scores float64 ``(n,)`` of a batch, in the order of its events; NaN for those that were refused.

    An event is malicious at or above ``threshold``.
    """

    model: str
    version: int | None
    threshold: float
    request: str
    scores: NDArray[np.float64]
    refusals: Sequence[Refusal]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which events are at or above the threshold; a refused one is not."""
        return np.greater_equal(np.nan_to_num(self.scores, nan=-1.0), self.threshold)

    def to_json(self) -> bytes:
        """One object: the model, and lists of scores and verdicts, null for events that were refused."""
        refused = {each.row - 1 for each in self.refusals}
        flagged = [
            None if place in refused else bool(each) for place, each in enumerate(self.flagged.tolist())
        ]
        facts = {
            "model": self.model,
            "version": self.version,
            "threshold": self.threshold,
            "request": self.request,
            "events": len(self.scores),
            "flagged": int(self.flagged.sum()),
            "scores": self.scores,
            "malicious": flagged,
            "refused": [each.to_dict() for each in self.refusals],
        }
        return orjson.dumps(facts, option=orjson.OPT_SERIALIZE_NUMPY)

    def to_lines(self) -> bytes:
        """One JSON object a line, in the order of the events."""
        why = {each.row - 1: each for each in self.refusals}
        head = {"model": self.model, "version": self.version}
        lines = []
        flagged = self.flagged.tolist()
        for place, score in enumerate(self.scores.tolist()):
            if place in why:
                facts = {"row": place + 1, **head, "error": why[place].to_dict()}
            else:
                facts = {"row": place + 1, **head, "score": score, "malicious": flagged[place]}
            lines.append(orjson.dumps(facts))
        return b"\n".join(lines) + b"\n"

    def to_arrow(self) -> bytes:
        """An Arrow stream of the columns score, malicious, field and reason; model and version in its metadata."""
        count = len(self.scores)
        field: list[str | None] = [None] * count
        reason: list[str | None] = [None] * count
        for each in self.refusals:
            field[each.row - 1], reason[each.row - 1] = each.field, each.reason
        refused = np.isnan(self.scores)
        table = pa.table(
            {
                "score": pa.array(self.scores, mask=refused),
                "malicious": pa.array(self.flagged, mask=refused),
                "field": pa.array(field, pa.string()),
                "reason": pa.array(reason, pa.string()),
            }
        )
        facts = {
            "model": self.model,
            "version": str(self.version or ""),
            "threshold": repr(self.threshold),
            "request": self.request,
        }
        sink = pa.BufferOutputStream()
        table = table.replace_schema_metadata(facts)
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        content: bytes = sink.getvalue().to_pybytes()
        return content
