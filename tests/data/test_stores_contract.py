"""What every store must do, run on each of them."""

import contextlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mongo_place import mongodb_url

from garrison.data.stores import Appended, Store, Where, open_store
from garrison.data.stores.where import Condition
from garrison.errors import SchemaError, StoreError, UsageError

KINDS = ("duckdb", "mongodb")


@contextlib.contextmanager
def place(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty store."""
    if kind == "duckdb":
        yield f"duckdb:///{folder}/events.db"
    else:
        with mongodb_url() as url:
            yield url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place(request.param, tmp_path) as given_url:
        yield given_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url, timeout_s=10) as opened:
        yield opened


NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000)


def every_type() -> pa.Table:
    return pa.table(
        {
            "id": pa.array([3, 1, 2, 4], pa.int64()),
            "count": pa.array([2**63 - 1, -(2**63), None, 0], pa.int64()),
            "rate": pa.array([0.1, math.inf, None, -0.0], pa.float64()),
            "host": pa.array(["é\0b", "", None, 'a"b;$where--'], pa.string()),
            "seen": pa.array([True, None, False, True], pa.bool_()),
            "at": pa.array([NOON, None, datetime(1969, 12, 31, 23, 59, 59), NOON], pa.timestamp("us")),
            "at_utc": pa.array([NOON.replace(tzinfo=UTC)] * 4, pa.timestamp("us", tz="UTC")),
            "nothing": pa.array([None] * 4, pa.string()),
        }
    )


def scanned(store: Store, collection: str = "events", **options: Any) -> pa.Table:
    return pa.Table.from_batches(list(store.scan(collection, **options)))


def numbered(*ids: int) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "square": pa.array([i * i for i in ids], pa.int64())})


def test_every_type_comes_back_as_it_went_in_and_in_key_order(store: Store) -> None:
    table = every_type()
    assert store.append("events", table, key=["id"]) == Appended(4, 0)
    assert scanned(store).equals(table.sort_by("id"))
    assert store.schema("events").equals(table.schema)


def test_nan_is_not_a_null_and_passes_no_order(store: Store) -> None:
    table = pa.table({"id": [1, 2, 3], "x": pa.array([math.nan, None, 7.0], pa.float64())})
    store.append("events", table, key=["id"])
    nan, null, seven = scanned(store, columns=["x"]).column("x").to_pylist()
    assert math.isnan(nan)
    assert (null, seven) == (None, 7.0)
    for op, ids in {">": [3], ">=": [3], "<": [], "!=": [1, 3]}.items():
        where = Where.of("x", op, 5.0)  # type: ignore[arg-type]
        assert scanned(store, where=where).column("id").to_pylist() == ids, op


def test_narrow_types_are_widened(store: Store) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.uint8()),
            "x": pa.array([0.5, 1.5], pa.float32()),
            "s": pa.array(["a", "b"]).dictionary_encode(),
            "t": pa.array([NOON, NOON], pa.timestamp("ms")),
            "n": pa.nulls(2),
        }
    )
    store.append("events", table, key=["id"])
    kinds = [pa.int64(), pa.float64(), pa.string(), pa.timestamp("us"), pa.string()]
    assert store.schema("events").types == kinds
    assert scanned(store).column("t").to_pylist() == [NOON, NOON]


def test_loading_twice_changes_nothing(store: Store) -> None:
    store.append("events", every_type(), key=["id"])
    before = scanned(store)
    assert store.append("events", every_type(), key=["id"]) == Appended(0, 4)
    assert scanned(store).equals(before)


def test_a_known_key_is_skipped_even_when_other_values_differ(store: Store) -> None:
    store.append("events", numbered(1, 2, 3), key=["id"])
    changed = pa.table({"id": [2, 4, 0], "square": [-1, 16, 0]})
    assert store.append("events", changed, key=["id"]) == Appended(2, 1)
    assert scanned(store).to_pydict() == {"id": [0, 1, 2, 3, 4], "square": [0, 1, 4, 9, 16]}


def test_the_first_of_equal_keys_in_one_batch_is_kept(store: Store) -> None:
    table = pa.table({"id": [5, 5, 1, 5], "v": [1, 2, 3, 4]})
    assert store.append("events", table, key=["id"]) == Appended(2, 2)
    assert scanned(store).to_pydict() == {"id": [1, 5], "v": [3, 1]}


def test_a_key_of_two_columns(store: Store) -> None:
    for load in ("b", "a"):
        table = pa.table({"_load": [load] * 3, "_row": [2, 0, 1], "v": [load + str(i) for i in range(3)]})
        assert store.append("events", table, key=["_load", "_row"]) == Appended(3, 0)
    assert scanned(store, columns=["v"]).column("v").to_pylist() == ["a1", "a2", "a0", "b1", "b2", "b0"]
    both = pa.table({"_load": ["a", "c"], "_row": [1, 1], "v": ["", ""]})
    assert store.append("events", both, key=["_load", "_row"]) == Appended(1, 1)


def test_strings_are_ordered_by_their_bytes(store: Store) -> None:
    names = ["é", "z", "Z", "", "a", "😀", "\uffff"]
    store.append("events", pa.table({"name": names}), key=["name"])
    assert scanned(store).column("name").to_pylist() == sorted(names, key=str.encode)


def test_batches_have_the_rows_asked_for(store: Store) -> None:
    store.append("events", numbered(*range(25)), key=["id"])
    sizes = [batch.num_rows for batch in store.scan("events", batch_rows=10)]
    assert sizes == [10, 10, 5]
    with pytest.raises(UsageError, match="batch_rows"):
        store.scan("events", batch_rows=0)


def test_columns_come_in_the_order_asked_for(store: Store) -> None:
    store.append("events", every_type(), key=["id"])
    table = scanned(store, columns=["host", "id"])
    assert table.schema.names == ["host", "id"]
    assert scanned(store, columns=["rate"]).column("rate").to_pylist() == [math.inf, None, 0.1, -0.0]
    for columns in (["hots"], [], ["id", "id"]):
        with pytest.raises(UsageError):
            store.scan("events", columns=columns)


def test_no_rows_still_show_the_columns(store: Store) -> None:
    store.append("events", numbered().slice(0, 0), key=["id"])
    assert scanned(store).schema.equals(numbered().schema)
    assert store.count("events") == 0
    store.append("events", numbered(1), key=["id"])
    assert scanned(store, where=Where.of("id", ">", 1), columns=["square"]).schema.names == ["square"]


OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


def passes(value: Any, condition: Condition) -> bool:
    """Say whether a value passes: the plain meaning that every store is held to."""
    if value is None:
        return False
    if condition.op == "in":
        return value in condition.values
    wanted: Any = condition.value
    holds: bool = {
        "==": value == wanted,
        "!=": value != wanted,
        "<": value < wanted,
        "<=": value <= wanted,
        ">": value > wanted,
        ">=": value >= wanted,
    }[condition.op]
    return holds


COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "i": st.integers(-2, 2),
    "x": st.sampled_from([-1.5, 0.0, 0.5, 2.0, math.inf]),
    "s": st.sampled_from(["", "a", "B", "é", "'; DROP TABLE t--", "$gt"]),
    "b": st.booleans(),
    "t": st.integers(-2, 2).map(lambda n: NOON + timedelta(milliseconds=n)),
}
FINE_TIMES = st.integers(-3, 3).map(lambda n: NOON + timedelta(microseconds=500 * n))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    column = draw(st.sampled_from(sorted(COLUMNS)))
    values = COLUMNS[column] | FINE_TIMES if column == "t" else COLUMNS[column]
    if column in "ix":
        values = COLUMNS["i"] | COLUMNS["x"]
    if draw(st.booleans()):
        return Condition(column, "in", tuple(draw(st.lists(values, max_size=3))))
    return Condition(column, draw(st.sampled_from(OPERATORS)), draw(values))


@pytest.mark.parametrize("kind", KINDS)
def test_where_means_the_same_in_every_store(kind: str, tmp_path: Path) -> None:
    """Generated rows are asked generated conditions; the plain meaning above is the oracle."""
    rows = [
        {"id": n, **{name: COLUMNS_AT[name][n * step % (len(COLUMNS_AT[name]))] for step, name in STEPS}}
        for n in range(60)
    ]
    table = pa.Table.from_pylist(rows, schema=WHERE_SCHEMA)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(conditions(), max_size=3))
    def agree(chosen: list[Condition]) -> None:
        where = Where(tuple(chosen))
        expected = [row["id"] for row in rows if all(passes(row[c.column], c) for c in chosen)]
        assert scanned(kept, "events", columns=["id"], where=where).column("id").to_pylist() == expected
        assert kept.count("events", where) == len(expected)

    with place(kind, tmp_path) as url, open_store(url) as kept:
        kept.append("events", table, key=["id"])
        agree()


COLUMNS_AT: dict[str, list[Any]] = {
    "i": [-2, -1, 0, 1, 2, None],
    "x": [-1.5, 0.0, 0.5, 2.0, math.inf, None],
    "s": ["", "a", "B", "é", "'; DROP TABLE t--", "$gt", None],
    "b": [True, False, None],
    "t": [None, *(NOON + timedelta(milliseconds=n) for n in range(-2, 3))],
}
STEPS = ((1, "i"), (5, "x"), (3, "s"), (1, "b"), (7, "t"))
WHERE_SCHEMA = pa.schema(
    {
        "id": pa.int64(),
        "i": pa.int64(),
        "x": pa.float64(),
        "s": pa.string(),
        "b": pa.bool_(),
        "t": pa.timestamp("us"),
    }
)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("id", "3", "a number"),
        ("id", True, "a number"),
        ("id", 2**63, "a number"),
        ("host", 3, "a string"),
        ("seen", 1, "True or False"),
        ("at", NOON.replace(tzinfo=UTC), "without a time zone"),
        ("at_utc", NOON, "with a time zone"),
        ("nobody", 1, "one of: id"),
    ],
)
def test_a_condition_that_does_not_fit_is_refused(
    store: Store, column: str, value: Any, expected: str
) -> None:
    store.append("events", every_type(), key=["id"])
    for ask in (store.scan, store.count):
        with pytest.raises(UsageError) as caught:
            ask("events", where=Where.of(column, "==", value))
        assert expected in caught.value.expected


def test_times_with_a_zone_are_compared_as_instants(store: Store) -> None:
    store.append("events", every_type(), key=["id"])
    there = NOON.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=9)))
    assert store.count("events", Where.of("at_utc", "==", there)) == 4


@pytest.mark.parametrize(
    ("batch", "key", "words"),
    [
        (pa.table({"id": [9], "square": [81], "more": [1]}), ["id"], "unknown 'more'"),
        (pa.table({"id": [9]}), ["id"], "missing 'square'"),
        (pa.table({"id": [9], "square": ["81"]}), ["id"], "'square' holds string"),
        (pa.table({"id": [9], "square": [81.0]}), ["id"], "'square' holds double"),
        (pa.table({"id": pa.array([None], pa.int64()), "square": [81]}), ["id"], "has nulls"),
        (pa.table({"id": [9], "square": [81]}), ["square"], "the key is"),
        (pa.table({"id": [9], "square": pa.array([2**63], pa.uint64())}), ["id"], "does not fit"),
        (pa.table({"id": [9], "square": [[81]]}), ["id"], "holds list"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused_whole(
    store: Store, batch: pa.Table, key: list[str], words: str
) -> None:
    store.append("events", numbered(1, 2), key=["id"])
    with pytest.raises(SchemaError, match=words):
        store.append("events", batch, key=key)
    assert store.count("events") == 2


@pytest.mark.parametrize(
    ("batch", "key", "words"),
    [
        (pa.table({"x": [1.0]}), ["x"], "key column 'x' holds double"),
        (numbered(1), ["idd"], "'idd' is missing"),
        (numbered(1), [], "not a list of distinct"),
        (numbered(1), ["id", "id"], "not a list of distinct"),
        (pa.table([[1], [2]], names=["a", "A"]), ["a"], "two columns have one name"),
        (pa.table([[1]], names=["_id"]), ["_id"], "cannot name a column"),
        (pa.table([[1]], names=["$a"]), ["$a"], "cannot name a column"),
        (pa.table([[1]], names=["a.b"]), ["a.b"], "cannot name a column"),
        (pa.table({}), ["a"], "no columns"),
    ],
)
def test_a_first_batch_that_no_store_can_keep(
    store: Store, batch: pa.Table, key: list[str], words: str
) -> None:
    with pytest.raises(SchemaError, match=words):
        store.append("events", batch, key=key)
    assert store.collections() == []


def test_whole_numbers_fit_a_column_of_numbers_and_nulls_fit_any(store: Store) -> None:
    store.append("events", pa.table({"id": [1], "x": [0.5], "s": ["a"]}), key=["id"])
    store.append("events", pa.table({"id": [2], "x": [3], "s": pa.nulls(1)}), key=["id"])
    assert scanned(store).to_pylist()[1] == {"id": 2, "x": 3.0, "s": None}


def test_columns_may_come_in_another_order(store: Store) -> None:
    store.append("events", numbered(1), key=["id"])
    store.append("events", numbered(2).select(["square", "id"]), key=["id"])
    assert scanned(store).to_pydict() == {"id": [1, 2], "square": [1, 4]}


def test_hostile_names_are_only_names(store: Store) -> None:
    names = ['a"; DROP TABLE events; --', "select", "a b", "ключ", "'"]
    table = pa.table([[n] for n in range(len(names))], names=names)
    store.append("events", table, key=names[:2])
    assert scanned(store).equals(table)
    assert store.count("events", Where.of(names[0], "==", 0)) == 1


@pytest.mark.parametrize(
    "name", ["", "1a", "a b", 'a"b', "a;b", "system.users", "garrison_layouts", "x" * 121, "a$b"]
)
def test_a_collection_needs_a_plain_name(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a collection"):
        store.append(name, numbered(1), key=["id"])


def test_collections_are_listed_counted_and_dropped(store: Store) -> None:
    assert store.collections() == []
    assert store.count("flows") == 0
    store.drop("flows")
    for name in ("urls.v2", "flows", "sites-2026"):
        store.append(name, numbered(1, 2), key=["id"])
    assert store.collections() == ["flows", "sites-2026", "urls.v2"]
    store.drop("flows")
    assert store.collections() == ["sites-2026", "urls.v2"]
    store.append("flows", pa.table({"other": ["x"]}), key=["other"])
    assert store.append("flows", pa.table({"other": ["x"]}), key=["other"]) == Appended(0, 1)


def test_a_missing_collection_is_named_with_the_nearest_there_is(store: Store) -> None:
    store.append("flows", numbered(1), key=["id"])
    with pytest.raises(StoreError, match="did you mean 'flows'") as caught:
        store.scan("flow")
    assert "flows" in caught.value.expected
    assert "garrison ingest" in caught.value.remedy


def test_rows_stay_after_closing(url: str) -> None:
    with open_store(url) as store:
        store.append("events", every_type(), key=["id"])
    with open_store(url) as store:
        assert scanned(store).equals(every_type().sort_by("id"))
        assert store.append("events", every_type(), key=["id"]) == Appended(0, 4)


def test_a_closed_store_says_so(url: str) -> None:
    store = open_store(url)
    store.append("events", numbered(1), key=["id"])
    store.close()
    store.close()
    with pytest.raises(StoreError):
        store.append("events", numbered(1), key=["id"])
    with pytest.raises(StoreError):
        store.collections()


def test_a_scan_may_be_left_and_a_store_appended_to_meanwhile(store: Store) -> None:
    store.append("events", numbered(*range(100)), key=["id"])
    scan = store.scan("events", batch_rows=10)
    assert next(scan).column(0).to_pylist() == list(range(10))
    store.append("other", numbered(1), key=["id"])
    assert next(scan).column(0).to_pylist() == list(range(10, 20))
    assert store.count("events") == 100


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_and_any_repetition_of_batches_gives_the_same_rows(kind: str, tmp_path: Path) -> None:
    batches_of_keys = st.lists(
        st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=8), max_size=5
    )

    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
    @given(batches_of_keys)
    def same(batches: list[list[tuple[str, int]]]) -> None:
        kept.drop("events")
        seen: set[tuple[str, int]] = set()
        for keys in batches:
            table = pa.table(
                {
                    "load": pa.array([load for load, _ in keys], pa.string()),
                    "row": pa.array([row for _, row in keys], pa.int64()),
                }
            )
            new = set(keys) - seen
            assert kept.append("events", table, key=["load", "row"]) == Appended(
                len(new), len(keys) - len(new)
            )
            seen |= new
        if batches:
            assert [tuple(row.values()) for row in scanned(kept).to_pylist()] == sorted(seen)

    with place(kind, tmp_path) as url, open_store(url) as kept:
        same()
