"""Flows, and detectors of them and of events with a past, quickly trained."""

from typing import Any

import pyarrow as pa

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.features import Processor

FLOWS = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "id", "type": "integer", "role": "ignore"},
            {"name": "who", "type": "string", "role": "context"},
            {"name": "port", "type": "integer", "minimum": 0, "maximum": 65535},
            {"name": "proto", "type": "string", "allowed": ["tcp", "udp"]},
            {"name": "bytes", "type": "number", "nullable": True, "impute": "median"},
            {"name": "label", "type": "integer", "role": "label", "allowed": [0, 1]},
        ],
        "label": {"column": "label", "positive": 1, "negative": 0},
    }
)


def flow_rows(count: int) -> list[dict[str, Any]]:
    """Flows of two protocols."""
    return [
        {
            "id": 7 * number,
            "who": f"host {number % 5}",
            "port": number * 37 % 1_000,
            "proto": "tcp" if number % 3 else "udp",
            "bytes": None if number % 11 == 0 else number / 7,
            "label": int(number * 37 % 1_000 > 500),
        }
        for number in range(count)
    ]


def trained(
    schema: Schema, processor: Any, rows: list[dict[str, Any]], *, family: str = "xgboost"
) -> Detector:
    table = schema.validate(pa.Table.from_pylist(rows)).table
    fitted: Processor = processor.fit(table, schema)
    X, y = fitted.transform(table), schema.labels(table)
    params = FAMILIES[family].complete({"trees": 20})
    return Detector(
        name=schema.name.replace(" ", "-"),
        schema=schema,
        processor=fitted,
        model=FAMILIES[family].fit(X, y, params=params, seed=0),
        family=family,
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="ab" * 32,
    )
