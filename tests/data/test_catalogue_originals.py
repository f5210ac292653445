"""Files as their publisher gives them: known by their digest, read behind the header that was left out."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from garrison.data import catalogue
from garrison.data.catalogue import DataFile, Dataset, datasets, fetch, fetch_parts, locate, places, verify
from garrison.data.catalogue.fetch import Patience
from garrison.data.catalogue.originals import behind_header, original_of
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import DatasetError, OutputError

CONFIGS = Path(__file__).parents[2] / "configs"
HEADER = "port,label"
ROWS = {"train": b"80,normal\n22,guess\n", "test": b"443,normal\n21,guess\n", "test-2": b"21,guess\n"}


def file_of(name: str, content: bytes, *, header: str = "", mirrors: tuple[str, ...] = ()) -> DataFile:
    digest = hashlib.sha256(content).hexdigest()
    return DataFile(name, digest, len(content), mirrors=mirrors, header=header)


def invented(*mirrors: str) -> Dataset:
    return Dataset(
        name="invented",
        title="Invented",
        citation="Nobody, 2020",
        licence="CC0",
        page="https://example.org/invented",
        rows=2,
        files=tuple(file_of(f"inner/{name}+.parquet", b"made from " + rows) for name, rows in ROWS.items()),
        originals=tuple(
            file_of(f"inner/{name}+.txt", rows, header=HEADER, mirrors=mirrors) for name, rows in ROWS.items()
        ),
        tests=("test+.parquet", "test-2+.parquet"),
        features="threats/nsl_kdd.json",
        by_hand="write it yourself",
        traps=(),
    )


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that GARRISON_DATA names, the only one in which data sets lie."""
    work = tmp_path / "home" / "work"
    work.mkdir(parents=True)
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GARRISON_DATA", str(folder))
    monkeypatch.setenv("GARRISON_OFFLINE", "1")
    elsewhere = [each for each in places.data_folders() if not each.is_relative_to(tmp_path)]
    here = tuple(each for each in places.data_folders() if each not in elsewhere)
    monkeypatch.setattr(places, "data_folders", lambda: here)
    monkeypatch.setattr(catalogue, "_DATASETS", (*catalogue._DATASETS, invented()))
    return folder


def put(folder: Path, *names: str) -> None:
    for name in names or ROWS:
        (folder / f"{name}+.txt").write_bytes(ROWS[name])


@pytest.mark.parametrize("name", [name for name, known in datasets().items() if known.originals])
def test_each_original_stands_for_one_file(name: str) -> None:
    known = datasets()[name]
    assert len(known.originals) == len(known.files)
    for file, original in zip(known.files, known.originals, strict=True):
        assert original_of(known, file) == original
        assert original.base_name != file.base_name
        assert original.sha256 != file.sha256
        assert len(bytes.fromhex(original.sha256)) == 32
        assert all(mirror.startswith("https://") for mirror in original.mirrors)
    if any(original.header for original in known.originals):
        schema = Schema.read(CONFIGS / known.features)
        assert all(original.header == ",".join(schema.names) for original in known.originals)
    assert {*known.tests} <= {file.base_name for file in known.files[1:]}


def test_a_file_without_an_original_has_none() -> None:
    known = datasets()["phishing_websites"]
    assert original_of(known, known.files[0]) is None
    assert original_of(invented(), known.files[0]) is None


def test_originals_are_read_behind_their_header(mine: Path, tmp_path: Path) -> None:
    put(mine)
    parts = fetch_parts("invented")
    assert list(parts) == ["train+", "test+", "test-2+"]
    for name, rows in ROWS.items():
        assert parts[f"{name}+"].read_bytes() == HEADER.encode() + b"\n" + rows
        assert parts[f"{name}+"] == tmp_path / "cache" / "datasets" / "inner" / f"{name}+.csv"
        assert (mine / f"{name}+.txt").read_bytes() == rows, "what a person put there is never changed"
    assert fetch("invented") == parts["train+"]
    assert locate("invented") == mine / "train+.txt"
    assert verify("invented") == mine / "train+.txt"
    read = [row for batch in open_source(parts["train+"]).read() for row in batch.to_pylist()]
    assert read == [{"port": 80, "label": "normal"}, {"port": 22, "label": "guess"}]


def test_the_file_that_figures_were_measured_on_comes_first(mine: Path) -> None:
    put(mine)
    (mine / "train+.parquet").write_bytes(b"made from " + ROWS["train"])
    parts = fetch_parts("invented")
    assert parts["train+"] == mine / "train+.parquet"
    assert parts["test+"].suffix == ".csv"


def test_a_header_that_is_there_is_not_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "with.csv"
    path.write_bytes(b"port,label\n80,normal\n")
    assert behind_header(path, file_of("with.csv", path.read_bytes()), tmp_path / "cache") == path
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("changed", [b"80,normal\n23,guess\n", b"22,guess\n80,normal\n"])
def test_changed_bytes_are_refused(mine: Path, changed: bytes) -> None:
    put(mine)
    (mine / "train+.txt").write_bytes(changed)
    with pytest.raises(DatasetError, match="its bytes are others") as caught:
        verify("invented")
    assert caught.value.where == str(mine / "train+.txt")
    assert hashlib.sha256(ROWS["train"]).hexdigest() in caught.value.expected
    with pytest.raises(DatasetError, match="cannot be downloaded") as caught:
        fetch("invented")
    assert "train+.txt" in caught.value.expected or "train+.parquet" in caught.value.expected
    assert caught.value.exit_code == 7


def test_a_changed_test_part_is_refused(mine: Path) -> None:
    put(mine)
    (mine / "test-2+.txt").write_bytes(b"21,bogus\n")
    for look in (verify, fetch, fetch_parts):
        with pytest.raises(DatasetError):
            look("invented")


def test_a_missing_part_is_named(mine: Path) -> None:
    put(mine, "train", "test")
    assert locate("invented") is None
    with pytest.raises(DatasetError, match="not on this machine") as caught:
        verify("invented")
    assert "test-2+" in caught.value.expected
    assert "write it yourself" in caught.value.remedy


def test_a_readable_copy_that_was_changed_is_made_anew(mine: Path) -> None:
    put(mine)
    copy = fetch("invented")
    copy.write_bytes(b"port,label\n80,guess\n")
    assert fetch("invented").read_bytes() == HEADER.encode() + b"\n" + ROWS["train"]
    copy.unlink()
    assert fetch("invented").read_bytes() == HEADER.encode() + b"\n" + ROWS["train"]


def test_a_cache_that_cannot_be_written_is_an_output_error(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(mine)
    (tmp_path / "blocked").write_text("a file where a folder is wanted", encoding="utf-8")
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "blocked"))
    with pytest.raises(OutputError):
        fetch("invented")


def test_an_original_is_downloaded_where_the_other_form_has_no_mirror(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def download(file: DataFile, target: Path, *, patience: Patience | None = None) -> Path:
        asked.append(file.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(ROWS[file.base_name.partition("+")[0]])
        return target

    known = invented("https://example.org/rows")
    monkeypatch.setattr(catalogue, "_DATASETS", (known,))
    with pytest.raises(DatasetError, match="downloads are off"):
        fetch_parts("invented")
    with pytest.raises(DatasetError) as caught:
        verify("invented")
    assert caught.value.remedy == "garrison datasets fetch invented"
    monkeypatch.setattr(catalogue, "download", download)
    monkeypatch.setenv("GARRISON_OFFLINE", "0")
    parts = fetch_parts("invented")
    assert asked == [original.name for original in known.originals]
    assert parts["test-2+"].read_bytes() == HEADER.encode() + b"\n" + ROWS["test-2"]
    assert fetch_parts("invented") == parts
    assert len(asked) == 3, "what was downloaded is not asked for again"
    assert verify("invented") == tmp_path / "cache" / "datasets" / "inner" / "train+.txt"


def test_the_original_is_not_asked_for_where_the_file_itself_has_a_mirror(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = invented("https://example.org/rows")
    first = replace(known.files[0], mirrors=("https://example.org/parquet",))
    known = replace(known, files=(first,), originals=known.originals[:1])
    asked: list[str] = []

    def download(file: DataFile, target: Path, *, patience: Patience | None = None) -> Path:
        asked.append(file.name)
        return target

    monkeypatch.setattr(catalogue, "_DATASETS", (known,))
    monkeypatch.setattr(catalogue, "download", download)
    monkeypatch.setenv("GARRISON_OFFLINE", "0")
    assert fetch("invented").name == "train+.parquet"
    assert asked == ["inner/train+.parquet"]


def as_published(table: pa.Table) -> bytes:
    """The rows as NSL-KDD's .txt files have them: no header, whole numbers as they are, rates with two decimals."""
    rates = pa.array([f"{hundredth / 100:.2f}" for hundredth in range(101)])
    cells = []
    for column in table.columns:
        values = column.combine_chunks()
        if pa.types.is_floating(values.type):
            places_of = np.rint(values.to_numpy() * 100).astype(np.int64)
            cells.append(rates.take(pa.array(places_of)))
        else:
            cells.append(values.cast(pa.string()))
    lines = pc.binary_join_element_wise(*cells, ",").to_pylist()
    return ("\n".join(lines) + "\n").encode()


def test_nsl_kdd_as_published_holds_the_same_rows(request: pytest.FixtureRequest) -> None:
    """The .txt files of NSL-KDD, made again byte for byte, give the rows that the Parquet files hold."""
    first = locate("nsl_kdd")
    if first is None or first.suffix != ".parquet":
        pytest.skip("the Parquet files of nsl_kdd are not on this machine")
    known = datasets()["nsl_kdd"]
    tables = {
        file.base_name.partition(".")[0]: pq.read_table(first.with_name(file.base_name))
        for file in known.files
    }
    mine: Path = request.getfixturevalue("mine")
    for (name, table), original in zip(tables.items(), known.originals, strict=True):
        content = as_published(table)
        assert len(content) == original.bytes
        assert hashlib.sha256(content).hexdigest() == original.sha256
        (mine / f"{name}.txt").write_bytes(content)
    parts = fetch_parts("nsl_kdd")
    assert [path.suffix for path in parts.values()] == [".csv"] * 3
    schema = Schema.read(CONFIGS / known.features)
    for name, table in tables.items():
        rows = pa.Table.from_batches(list(open_source(parts[name], schema=schema).read()))
        validated = schema.validate(table)
        assert validated.refused.num_rows == 0
        assert rows == validated.table, name
        assert rows.num_rows in known.partitions
    smallest = mine / "KDDTest-21.txt"
    smallest.write_bytes(
        smallest.read_bytes().replace(b",normal,", b",neptune,", 1)[: known.originals[2].bytes]
    )
    with pytest.raises(DatasetError):
        fetch_parts("nsl_kdd")
