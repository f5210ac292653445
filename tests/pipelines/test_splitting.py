import datetime

import numpy as np
import pyarrow as pa
import pytest
from small_flows import FEATURES, flows

from garrison.data.schema import Schema
from garrison.errors import DataError, SettingsError
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.splitting import split_events, with_past

SCHEMA = Schema.from_dict(FEATURES)
EVENTS = Schema.from_dict(
    {
        "name": "events",
        "time": "at",
        "columns": [
            {"name": "at", "type": "timestamp", "role": "context"},
            {"name": "who", "type": "string", "role": "context"},
            {"name": "port", "type": "integer"},
            {"name": "bad", "type": "boolean", "role": "label"},
        ],
        "label": {"column": "bad", "positive": True, "negative": False},
        "windows": {"source": "who", "seconds": [60], "distinct": ["port"]},
    }
)


def events(bad: list[bool]) -> pa.Table:
    begin = datetime.datetime(2024, 5, 4, tzinfo=datetime.UTC)
    rows = len(bad)
    return EVENTS.validate(
        pa.table(
            {
                "at": [begin + datetime.timedelta(seconds=10 * place) for place in range(rows)],
                "who": ["a", "b"] * (rows // 2),
                "port": list(range(rows)),
                "bad": bad,
            }
        )
    ).table


def test_the_official_test_part_is_taken_whole() -> None:
    table, test, more = (
        flows({"normal": 60, "scan": 20}),
        flows({"normal": 20, "worm": 9}, seed=9),
        flows({"normal": 5, "scan": 5}),
    )
    tables = [SCHEMA.validate(each).table for each in (table, test, more)]
    parts = split_events(
        IngestionSettings(), tables[0], {"test": tables[1], "more": tables[2]}, schema=SCHEMA, seed=0
    )
    assert parts.how == "official"
    assert (parts.train.num_rows, parts.test.num_rows, parts.further["more"].num_rows) == (80, 29, 10)


def test_test_rows_that_training_has_seen_are_a_caveat() -> None:
    table = SCHEMA.validate(flows({"normal": 60, "scan": 20})).table
    test = pa.concat_tables(
        [table.slice(0, 5), SCHEMA.validate(flows({"normal": 20, "worm": 9}, seed=9)).table]
    )
    parts = split_events(IngestionSettings(), table, {"later": test}, schema=SCHEMA, seed=0)
    assert parts.caveats == ("5 of 34 rows of later repeat the features of a training row",)


def test_events_are_split_by_time_with_their_past_counted_before() -> None:
    bad = [place % 3 == 0 for place in range(40)]
    parts = split_events(IngestionSettings(test_share=0.25), events(bad), {}, schema=EVENTS, seed=0)
    assert parts.how == "time"
    assert parts.test.num_rows == 10
    assert max(parts.train.column("at").to_pylist()) < min(parts.test.column("at").to_pylist())
    # Twenty seconds lie between two events of a source: the first test row has its past from the training rows.
    assert parts.test.column("past_60s_events").to_pylist() == [3] * 10


def test_the_past_that_is_there_is_not_counted_again() -> None:
    table = with_past(events([True, False] * 4), EVENTS)
    assert with_past(table, EVENTS) is table


def test_all_attacks_on_one_side_of_time_are_refused() -> None:
    with pytest.raises(DataError, match="later part has rows of one class"):
        split_events(IngestionSettings(), events([True] * 5 + [False] * 35), {}, schema=EVENTS, seed=0)


def test_groups_never_stand_on_both_sides() -> None:
    table = SCHEMA.validate(pa.concat_tables([flows({"normal": 40, "scan": 20})] * 3)).table
    parts = split_events(IngestionSettings(), table, {}, schema=SCHEMA, seed=0)
    assert parts.how == "groups"
    left, right = ({tuple(row.values()) for row in part.to_pylist()} for part in (parts.train, parts.test))
    assert not left & right
    assert np.isclose(parts.test.num_rows / table.num_rows, 0.2, atol=0.05)


@pytest.mark.parametrize(("split", "message"), [("official", "no official test part"), ("time", "no time")])
def test_a_split_that_the_data_do_not_allow_is_refused(split: str, message: str) -> None:
    settings = IngestionSettings.model_validate({"split": split})
    with pytest.raises(SettingsError, match=message):
        split_events(
            settings, SCHEMA.validate(flows({"normal": 9, "scan": 9})).table, {}, schema=SCHEMA, seed=0
        )
