"""Simulated traffic: the same from the same seed, in order, of any size, and not to be told apart by one column."""

import ipaddress
import itertools
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.data.hygiene import lone_separators
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.simulator import ATTACKS, BENIGN, SCHEMA, simulate, write_simulated
from garrison.data.simulator.events import PROTOCOLS
from garrison.data.simulator.scene import HOUR_US, Hour, draw_scene
from garrison.data.sources import open_source
from garrison.errors import GarrisonError, UsageError

RANGES = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "10.0.0.0/8")
]


def table(events: int, *, seed: int = 0, share: float = 0.05, batch_rows: int = 65_536) -> pa.Table:
    return pa.Table.from_batches(simulate(events, seed=seed, malicious_share=share, batch_rows=batch_rows))


@pytest.fixture(scope="module")
def some() -> pa.Table:
    """30,000 events of which three in ten are malicious."""
    return table(30_000, share=0.3)


def test_same_seed_same_events_and_another_seed_others() -> None:
    assert table(2_000, seed=3).equals(table(2_000, seed=3))
    assert not table(2_000, seed=3).equals(table(2_000, seed=4))


@settings(max_examples=25)
@given(events=st.integers(1, 3_000), batch_rows=st.integers(1, 4_000), seed=st.integers(0, 2**40))
def test_events_do_not_depend_on_the_size_of_batches(events: int, batch_rows: int, seed: int) -> None:
    sizes = [batch.num_rows for batch in simulate(events, seed=seed, batch_rows=batch_rows)]
    assert sum(sizes) == events
    assert all(size == batch_rows for size in sizes[:-1])
    assert 1 <= sizes[-1] <= batch_rows
    assert table(events, seed=seed, batch_rows=batch_rows).equals(table(events, seed=seed))


def test_events_come_in_order_of_time_from_the_start_on(some: pa.Table) -> None:
    at = some["timestamp"].cast(pa.int64()).to_numpy()
    assert (np.diff(at) >= 0).all()
    start = datetime(2031, 5, 4, 22, 30, tzinfo=UTC)
    later = pa.Table.from_batches(simulate(5_000, seed=1, start=start))
    assert pc.min(later["timestamp"]).as_py() >= start
    assert (np.diff(later["timestamp"].cast(pa.int64()).to_numpy()) >= 0).all()


@pytest.mark.parametrize(
    ("events", "share", "tolerance"), [(3_000, 0.05, 0.02), (30_000, 0.05, 0.005), (10_000, 0.6, 0.03)]
)
def test_the_malicious_share_is_as_asked(events: int, share: float, tolerance: float) -> None:
    found = pc.mean(table(events, share=share)["is_malicious"].cast(pa.int8())).as_py()
    assert found == pytest.approx(share, abs=tolerance)


def test_without_attacks_every_row_is_benign() -> None:
    assert table(2_000, share=0.0)["attack_type"].unique().to_pylist() == ["benign"]


def test_every_row_says_that_it_is_simulated_and_what_it_is(some: pa.Table) -> None:
    assert some.schema.equals(SCHEMA, check_metadata=True)
    assert some.schema.metadata == {b"garrison.simulated": b"true"}
    assert pc.all(some["simulated"]).as_py()
    assert all(column.null_count == 0 for column in some.columns)
    assert set(some["attack_type"].unique().to_pylist()) == {"benign", *ATTACKS}
    assert pc.equal(
        some["is_malicious"], pc.not_equal(some["attack_type"], "benign")
    ).unique().to_pylist() == [True]


def test_addresses_are_those_reserved_for_documentation_and_for_inside(some: pa.Table) -> None:
    for name in ("src_ip", "dst_ip"):
        for text in some[name].unique().to_pylist():
            address = ipaddress.ip_address(text)
            assert any(address in block for block in RANGES if block.version == address.version), text


def test_days_are_busier_than_nights_and_than_the_weekend() -> None:
    at = table(120_000, share=0.0)["timestamp"].cast(pa.int64()).to_numpy() // HOUR_US
    hours, counts = np.unique(at, return_counts=True)
    of_day, day = hours % 24, (hours // 24 + 3) % 7
    weekday = day < 5
    assert counts[weekday & (of_day == 13)].mean() > 3 * counts[weekday & (of_day == 3)].mean()
    assert counts[weekday & (of_day == 13)].mean() > 2 * counts[~weekday & (of_day == 13)].mean()


@pytest.mark.parametrize("name", [*BENIGN, *ATTACKS])
@pytest.mark.parametrize("count", [1, 7, 2_000])
def test_a_kind_draws_what_was_asked_within_the_hour(name: str, count: int) -> None:
    hour = Hour(draw_scene(1_000_000, np.random.default_rng(5)), 1_700_000_000_000_000 // HOUR_US * HOUR_US)
    drawn = {**BENIGN, **ATTACKS}[name].draw(count, hour, np.random.default_rng(6))
    addresses = len(hour.scene.addresses)
    for column in vars(drawn).values():
        assert column.shape == (count,)
    assert ((hour.start_us <= drawn.at) & (drawn.at < hour.start_us + HOUR_US)).all()
    for codes in (drawn.source, drawn.target):
        assert ((codes >= 0) & (codes < addresses)).all()
    assert set(drawn.protocol.tolist()) <= set(range(len(PROTOCOLS)))
    assert ((drawn.port >= 0) & (drawn.port < 65_536)).all()
    assert (drawn.size >= 0).all()
    assert (drawn.packets >= 1).all()
    assert (np.isfinite(drawn.duration) & (drawn.duration >= 0)).all()


def test_no_column_alone_tells_attacks_from_the_rest(some: pa.Table) -> None:
    y = some["is_malicious"].to_numpy()
    names = ("payload_len", "duration", "packets", "failed", "dst_port", "protocol", "service")
    numbers = []
    for name in names:
        column = some[name].combine_chunks()
        coded = column.dictionary_encode().indices if pa.types.is_string(column.type) else column
        numbers.append(coded.to_numpy(zero_copy_only=False).astype(np.float64))
    for found in lone_separators(np.column_stack(numbers), y, names):
        assert found.auc < 0.85, found
        assert found.accuracy < 0.85, found
        assert found.one_sided < 0.05, found


def test_a_model_finds_most_attacks_and_not_all(some: pa.Table) -> None:
    from sklearn.metrics import roc_auc_score
    from xgboost import XGBClassifier

    y = some["is_malicious"].to_numpy()
    names = ("payload_len", "duration", "packets", "dst_port")
    X = np.column_stack(
        [some[name].to_numpy().astype(np.float64) for name in names] + [some["failed"].to_numpy()]
    )
    half = len(y) // 2
    model = XGBClassifier(n_estimators=60, max_depth=6, n_jobs=1).fit(X[:half], y[:half])
    auc = roc_auc_score(y[half:], model.predict_proba(X[half:])[:, 1])
    assert 0.85 < auc < 0.99


def test_attacks_come_at_services_that_others_use_too(some: pa.Table) -> None:
    benign = some.filter(pc.invert(some["is_malicious"]))
    malicious = some.filter(some["is_malicious"])
    for name in ("service", "protocol"):
        assert set(malicious[name].unique().to_pylist()) <= set(benign[name].unique().to_pylist())
    known = set(benign["src_ip"].unique().to_pylist())
    from_known = [source in known for source in malicious["src_ip"].to_pylist()]
    assert np.mean(from_known) > 0.3


def test_a_stream_of_any_length_begins_at_once() -> None:
    first = next(simulate(10**9, seed=0, batch_rows=1_000))
    assert first.num_rows == 1_000


@pytest.mark.parametrize(
    ("events", "more", "said"),
    [
        (0, {}, "0 events"),
        (10**12, {}, "events"),
        (10, {"seed": -1}, "seed -1"),
        (10, {"malicious_share": 1.0}, "share 1.0"),
        (10, {"malicious_share": float("nan")}, "share nan"),
        (10, {"batch_rows": 0}, "0 rows"),
        (10, {"start": datetime(2024, 1, 1)}, "no time zone"),
        (10, {"start": datetime(1800, 1, 1, tzinfo=UTC)}, "start"),
    ],
)
def test_a_number_out_of_range_is_refused(events: int, more: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"seed": 0, **more}
    with pytest.raises(UsageError, match=said):
        simulate(events, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_written_file_holds_the_events_and_has_the_same_bytes_again(ending: str, tmp_path: Path) -> None:
    path, again = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    for one in (path, again):
        write_simulated(one, 1_500, seed=9)
    assert path.read_bytes() == again.read_bytes()
    names = Pseudonyms(bytes(32))
    read = pa.Table.from_batches(open_source(path, pseudonyms=names).read())
    expected = table(1_500, seed=9)
    for place, name in enumerate(SCHEMA.names):
        if name in ("src_ip", "dst_ip"):
            expected = expected.set_column(place, name, names.of(expected[name].combine_chunks()))
    for name in SCHEMA.names:
        assert (
            read[name].cast(SCHEMA.field(name).type).combine_chunks().equals(expected[name].combine_chunks())
        ), name
    if ending == "parquet":
        assert pq.read_schema(path).metadata[b"garrison.simulated"] == b"true"
    assert [one.name for one in tmp_path.iterdir() if one not in (path, again)] == []


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GarrisonError, match="tells no format"):
        write_simulated(tmp_path / "events.xlsx", 10, seed=0)
    assert list(itertools.islice(tmp_path.iterdir(), 1)) == []
