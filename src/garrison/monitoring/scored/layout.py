"""What is kept of a scored event, and how: one row an event, its features as one JSON object.

Features are one text, and no columns, because detectors of one log have different ones, and a new version may have
others than the last.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.value_text import column_of

COLLECTION = "scored_events"
"""The collection that scored events are kept in, unless another is named."""

KEY = ("at", "event_id", "model", "version")

COLUMNS = pa.schema(
    [
        ("at", pa.timestamp("us", tz="UTC")),
        ("event_id", pa.string()),
        ("model", pa.string()),
        ("version", pa.string()),
        ("score", pa.float64()),
        ("flagged", pa.bool_()),
        ("threshold", pa.float64()),
        ("latency_s", pa.float64()),
        ("error", pa.string()),
        ("sample", pa.float64()),
        ("features", pa.string()),
    ]
)
"""``version`` is "" for a detector of no registry; ``score`` and ``flagged`` are missing where ``error`` says why there
is no score; ``latency_s`` are seconds; ``sample`` is the share of events that were kept when this one was."""


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """Events of one version of a model that were scored, in the order in which they were.

    ``events`` is a validated table (n rows) without label, and from a service with pseudonyms for addresses; ``scores``
    float64 (n,) in [0, 1], NaN where there is none; ``flagged`` bool (n,); ``ids`` n texts by which labels that come
    later are joined; ``at`` when each was answered, UTC, datetime64[us] (n,); ``latency`` float64 (n,), seconds;
    ``errors`` n texts, "" where nothing went wrong, or none at all.
    """

    model: str
    version: int | None
    threshold: float
    events: pa.Table
    scores: NDArray[np.float64]
    flagged: NDArray[np.bool_]
    ids: tuple[str, ...]
    at: NDArray[np.datetime64]
    latency: NDArray[np.float64]
    errors: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)

    def is_like(self, other: "ScoredRows") -> bool:
        """Whether both are of one version of one model, and of the same columns."""
        return (self.model, self.version, self.threshold) == (
            other.model,
            other.version,
            other.threshold,
        ) and self.events.schema.equals(other.events.schema)

    def take(self, places: NDArray[np.int64]) -> "ScoredRows":
        """Some of the rows, by their places."""
        return ScoredRows(
            model=self.model,
            version=self.version,
            threshold=self.threshold,
            events=self.events.take(pa.array(places)),
            scores=self.scores[places],
            flagged=self.flagged[places],
            ids=tuple(self.ids[place] for place in places.tolist()),
            at=self.at[places],
            latency=self.latency[places],
            errors=tuple(self.errors[place] for place in places.tolist()) if self.errors else (),
        )


def joined(parts: Sequence[ScoredRows]) -> ScoredRows:
    """The rows of parts that are like each other, one after the other."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    errors = [part.errors or ("",) * len(part) for part in parts]
    return ScoredRows(
        model=first.model,
        version=first.version,
        threshold=first.threshold,
        events=pa.concat_tables([part.events for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        flagged=np.concatenate([part.flagged for part in parts]),
        ids=tuple(chain.from_iterable(part.ids for part in parts)),
        at=np.concatenate([part.at for part in parts]),
        latency=np.concatenate([part.latency for part in parts]),
        errors=tuple(chain.from_iterable(errors)) if any(part.errors for part in parts) else (),
    )


def as_table(rows: ScoredRows, *, sample: float) -> pa.Table:
    """Scored events as they are kept, by ``COLUMNS``; times are cut to milliseconds, which every store keeps."""
    count = len(rows)
    scored = np.isfinite(rows.scores)
    return pa.table(
        {
            "at": pa.array(rows.at.astype("datetime64[ms]").astype("datetime64[us]"), pa.timestamp("us")),
            "event_id": pa.array(rows.ids, pa.string()),
            "model": [rows.model] * count,
            "version": ["" if rows.version is None else str(rows.version)] * count,
            "score": pa.array(rows.scores, pa.float64(), mask=~scored),
            "flagged": pa.array(rows.flagged, pa.bool_(), mask=~scored),
            "threshold": np.full(count, rows.threshold),
            "latency_s": rows.latency.astype(np.float64),
            "error": pa.array([text or None for text in rows.errors] or [None] * count, pa.string()),
            "sample": np.full(count, sample),
            "features": [features_text(event) for event in rows.events.to_pylist()],
        }
    ).cast(COLUMNS)


def features_text(event: dict[str, Any]) -> str:
    """The columns of an event as one line of JSON; what is missing is left out."""
    there = {name: value for name, value in event.items() if value is not None}
    return json.dumps(there, ensure_ascii=False, separators=(",", ":"), default=_plain)


def features_table(texts: list[str], names: tuple[str, ...]) -> pa.Table:
    """The columns ``names`` of events that were written by ``features_text``, as far as an event has one of them.

    A column of values of several kinds, as versions of a model had them, is given as text.
    """
    events = [json.loads(text) for text in texts]
    there = {name for event in events for name in event}
    columns = {name: column_of([event.get(name) for event in events]) for name in names if name in there}
    return pa.table(columns)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
