import importlib.metadata
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison import __version__
from garrison.run.fingerprint import git_commit, table_fingerprint, versions

TABLE = pa.table(
    {
        "whole": pa.array([1, None, 3, 4], pa.int64()),
        "real": [0.5, float("nan"), None, -0.0],
        "flag": [True, None, False, True],
        "text": ["a", "", None, "äö"],
        "kind": pa.array(["x", "y", None, "x"]).dictionary_encode(),
        "when": pa.array([datetime(2026, 1, 1, tzinfo=UTC), None, None, None], pa.timestamp("us", "UTC")),
        "day": [date(2026, 1, 1), None, date(2026, 1, 2), None],
        "sum": [Decimal("1.10"), None, None, None],
        "list": [[1, 2], [], None, [3]],
        "blob": pa.array([b"a", b"\x00", None, b""], pa.binary()),
    }
)


@given(st.lists(st.integers(0, 4), max_size=4))
def test_chunks_do_not_count(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), 4]
    pieces = [TABLE.slice(start, end - start) for start, end in pairwise(places)]
    assert table_fingerprint(pa.concat_tables(pieces)) == table_fingerprint(TABLE)


@pytest.mark.parametrize("column", range(TABLE.num_columns))
def test_every_column_order_name_and_null_counts(column: int) -> None:
    name = TABLE.column_names[column]
    values = TABLE.column(column)
    original = table_fingerprint(TABLE)
    swapped = TABLE.set_column(column, name, values.take(pa.array([1, 0, 2, 3])))
    emptied = TABLE.set_column(column, name, values.take(pa.array([None, 1, 2, 3], pa.int64())))
    renamed = TABLE.rename_columns([f"{old}!" if old == name else old for old in TABLE.column_names])
    assert len({original, *map(table_fingerprint, (swapped, emptied, renamed))}) == 4


def test_types_and_lengths_count() -> None:
    tables = [
        pa.table({"a": pa.array([1], pa.int32())}),
        pa.table({"a": pa.array([1], pa.int64())}),
        pa.table({"a": pa.array([0], pa.int64())}),
        pa.table({"a": pa.array([None], pa.int64())}),
        pa.table({"a": ["ab", "c"]}),
        pa.table({"a": ["a", "bc"]}),
        pa.table({"a": pa.array([], pa.string())}),
        pa.table({}),
    ]
    assert len({table_fingerprint(table) for table in tables}) == len(tables)


def test_what_lies_under_a_null_and_metadata_do_not_count() -> None:
    mask = pa.py_buffer(bytes([0b101]))
    one, other = (
        pa.table(
            {"a": pa.Array.from_buffers(pa.int64(), 3, [mask, pa.array(values, pa.int64()).buffers()[1]])}
        )
        for values in ([1, 2, 3], [1, 9, 3])
    )
    assert table_fingerprint(one) == table_fingerprint(other)
    assert table_fingerprint(one.replace_schema_metadata({"x": "y"})) == table_fingerprint(one)


def test_a_table_larger_than_a_window() -> None:
    table = pa.table({"a": range(200_000)})
    pieces = pa.concat_tables([table.slice(0, 70_001), table.slice(70_001)])
    assert table_fingerprint(pieces) == table_fingerprint(table)
    assert table_fingerprint(table.slice(0, 199_999)) != table_fingerprint(table)


def test_versions_name_what_results_depend_on() -> None:
    found = versions()
    assert {"python", "numpy", "scikit-learn", "pyarrow", "garrison"} <= set(found)
    assert found["garrison"] == __version__
    assert "torch" not in found  # a detector's digest does not hang on it
    assert versions("torch", "no-such-package") == found | {"torch": importlib.metadata.version("torch")}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_commit_and_whether_files_differ_from_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert git_commit(tmp_path) is None
    (tmp_path / "a.txt").write_text("one")
    git(tmp_path, "add", "a.txt")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(tmp_path) == commit
    (tmp_path / "a.txt").write_text("two")
    assert git_commit(tmp_path) == f"{commit}-dirty"


def test_no_commit_outside_git_or_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_commit(tmp_path) is None
    assert git_commit(tmp_path / "none") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(tmp_path) is None
