from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.errors import DataError
from garrison.features import EventProcessor, Processor, UrlProcessor
from garrison.monitoring import Watch, watched_columns


def detector(schema: Schema, table: pa.Table, processor: Processor) -> Detector:
    fitted = processor.fit(table, schema)
    X, y = fitted.transform(table), schema.labels(table)
    params = FAMILIES["logistic_regression"].complete({})
    model = FAMILIES["logistic_regression"].fit(X, y, params=params, seed=0)
    return Detector(
        name="watched",
        schema=schema,
        processor=fitted,
        model=model,
        family="logistic_regression",
        params=params,
        threshold=Threshold(0.5, "f1"),
        training_fingerprint="00",
    )


LABEL: dict[str, Any] = {"name": "bad", "type": "boolean", "role": "label"}


def events_schema() -> Schema:
    return Schema.from_dict(
        {
            "name": "events",
            "time": "at",
            "columns": [
                {"name": "at", "type": "timestamp", "role": "context"},
                {"name": "who", "type": "string", "role": "context"},
                {"name": "port", "type": "integer", "nullable": True, "impute": "median"},
                {"name": "level", "type": "integer", "allowed": [1, 2, 3]},
                {"name": "service", "type": "string"},
                {"name": "failed", "type": "boolean"},
                LABEL,
            ],
            "label": {"column": "bad", "positive": True, "negative": False},
            "windows": {"source": "who", "seconds": [60], "distinct": ["port"]},
        }
    )


def events(rows: int = 60, start: int = 0) -> pa.Table:
    seconds = np.arange(start, start + rows) * 1_000_000
    return pa.table(
        {
            "at": pa.array(seconds, pa.timestamp("us", tz="UTC")),
            "who": [f"host{each % 3}" for each in range(rows)],
            "port": [None if each % 7 == 0 else each for each in range(rows)],
            "level": [1 + each % 2 for each in range(rows)],
            "service": ["http" if each % 3 else "dns" for each in range(rows)],
            "failed": [each % 4 == 0 for each in range(rows)],
            "bad": [each % 5 == 0 for each in range(rows)],
        }
    )


def test_columns_are_watched_as_what_they_are() -> None:
    found = {each.name: each.kind for each in watched_columns(events_schema())}
    assert found == {"port": "numeric", "level": "category", "service": "category", "failed": "category"}


def test_events_are_watched_with_the_past_of_their_source_but_not_with_the_clock() -> None:
    schema = events_schema()
    watch = Watch(detector(schema, events(), EventProcessor()))
    assert watch.always == {"level": ("1", "2", "3")}
    first, second = (watch.see(schema.validate(events(30, start)).table) for start in (0, 30))
    assert {*first.columns} == {
        "port",
        "level",
        "service",
        "failed",
        "past_60s_events",
        "past_60s_distinct_port",
    }
    assert np.isnan(first.columns["port"]).sum() == 5
    assert first.scores.shape == (30,)
    assert second.columns["past_60s_events"].min() > first.columns["past_60s_events"].min() == 0


def test_events_that_come_too_late_are_a_clear_error() -> None:
    schema = events_schema()
    watch = Watch(detector(schema, events(), EventProcessor()))
    watch.see(schema.validate(events(30, 100)).table)
    with pytest.raises(DataError, match="30 event\\(s\\) came after a later one"):
        watch.see(schema.validate(events(30, 0)).table)


def test_of_a_url_its_numbers_are_watched() -> None:
    schema = Schema.from_dict(
        {
            "name": "urls",
            "columns": [{"name": "url", "type": "string"}, LABEL],
            "label": {"column": "bad", "positive": True, "negative": False},
        }
    )
    urls = [f"http://host{each}.example/{'a' * each}" for each in range(40)]
    table = schema.validate(pa.table({"url": urls, "bad": [each % 2 == 0 for each in range(40)]})).table
    columns = Watch(detector(schema, table, UrlProcessor())).see(table).columns
    lengths = [name for name in columns if "length" in name]
    assert len(columns) > 10
    assert lengths
    assert columns[lengths[0]].dtype == np.float64


def test_a_detector_carries_its_reference_and_is_equal_without(tmp_path: Any) -> None:
    from garrison.detection import load_detector, save_detector

    schema = events_schema()
    plain = detector(schema, events(), EventProcessor())
    save_detector(plain, tmp_path / "plain")
    assert load_detector(tmp_path / "plain").reference is None
    save_detector(replace(plain, reference={"format": 1}), tmp_path / "watched")
    assert load_detector(tmp_path / "watched").reference == {"format": 1}
    assert not (tmp_path / "plain" / "reference.json").exists()
