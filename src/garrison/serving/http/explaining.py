"""Which features drove a score: what each adds on the way from what is usual to the event."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import DataError
from garrison.evaluation import Contributions, contributions
from garrison.serving.http.problems import Refused
from garrison.serving.http.scorer import Floats, Scorer
from garrison.serving.http.work import Deadline

REFERENCE_ROWS = 64
"""Events that an explanation compares with."""

FEWEST = 8
"""Events below which there is nothing to compare with."""

_READ_AT_MOST = 100_000


@dataclass(frozen=True)
class Reference:
    """Events that stand for what is usual, validated, and where they came from."""

    events: pa.Table
    said: str


def read_reference(path: Path, schema: Schema, *, seed: int = 0) -> Reference:
    """Draw from the first events of a file, of any format that is read; those that do not fit are left out.

    ``DataError`` when it has too few that fit.
    """
    source = open_source(path, schema=schema)
    parts: list[pa.Table] = []
    with Quarantine(None) as unread:
        for batch in source.read(unread):
            parts.append(schema.validate(batch, with_label=False).table)
            if sum(part.num_rows for part in parts) >= _READ_AT_MOST:
                break
    rows = sum(part.num_rows for part in parts)
    if rows < FEWEST:
        raise DataError(
            f"there are {rows} events to compare with",
            where=str(path),
            expected=f"at least {FEWEST} that are what schema {schema.name!r} says",
            remedy="give events as the model was trained on (setting: serving.reference)",
        )
    table = pa.concat_tables(parts)
    drawn = np.sort(np.random.default_rng(seed).permutation(rows)[:REFERENCE_ROWS])
    return Reference(table.take(pa.array(drawn)), f"{len(drawn)} events of {path.name}")


def recent_reference(scorer: Scorer) -> Reference:
    """The last events that were scored, where no file was given; ``Refused`` while too few were."""
    table = scorer.recent.table(scorer.schema)
    if table is None or table.num_rows < FEWEST:
        raise Refused(
            "no-reference",
            f"only {table.num_rows if table else 0} events were scored so far, too few to say what is usual",
            expected=f"at least {FEWEST}, or a file of events",
            remedy="start the service with --reference FILE: events as the model was trained on",
        )
    return Reference(table, f"the last {table.num_rows} events scored")


def explain(
    scorer: Scorer,
    event: Mapping[str, Any],
    reference: Reference,
    *,
    permutations: int,
    most: int,
    deadline: Deadline,
) -> dict[str, Any]:
    """The Shapley values of one event's features, strongest first, as JSON values; see ``evaluation.contributions``."""
    detector = scorer.detector

    def score(X: Floats) -> Floats:
        deadline.check()
        return detector.model.score(X)

    table = scorer.with_past(scorer.checked(event))
    found = contributions(
        score,
        detector.processor.transform(table),
        background=detector.processor.transform(scorer.with_past(reference.events)),
        names=detector.processor.names,
        permutations=permutations,
        most_evaluations=500_000,
    )
    shown = found.strongest(most)
    scaled = bool(getattr(detector.processor, "scale", False))
    return {
        "score": float(found.base + found.values.sum()),
        "base": found.base,
        "reference": reference.said,
        "permutations": found.permutations,
        "contributions": [
            {
                "feature": name,
                "contribution": float(shown.values[0, place]),
                "value": _value(name, table, None if scaled else shown, place),
            }
            for place, name in enumerate(shown.names)
        ],
    }


def _value(name: str, table: pa.Table, found: Contributions | None, place: int) -> Any:
    """What the event has: its field of that name, else the number that was made of it, where that is not scaled."""
    if name in table.column_names:
        value = table.column(name)[0].as_py()
        return value.isoformat() if hasattr(value, "isoformat") else value
    if found is None or np.isnan(found.data[0, place]):
        return None
    return float(found.data[0, place])
