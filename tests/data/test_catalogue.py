import hashlib
from pathlib import Path

import pytest

from garrison.data import catalogue
from garrison.data.catalogue import DataFile, Dataset, dataset, datasets, fetch, locate, verify
from garrison.data.catalogue.places import candidates, data_folders
from garrison.data.schema import Schema
from garrison.errors import DatasetError

CONFIGS = Path(__file__).parents[2] / "configs"
CONTENT = b"a,b\n1,2\n"


def invented(*, mirrors: tuple[str, ...] = (), package: str = "") -> Dataset:
    return Dataset(
        name="invented",
        title="Invented",
        citation="Nobody, 2020",
        licence="CC0",
        page="https://example.org/invented",
        rows=1,
        files=(DataFile("inner/invented.csv", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), mirrors),),
        features="none",
        by_hand="write it yourself",
        traps=(),
        package=package,
    )


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "home" / "work"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GARRISON_DATA", raising=False)
    monkeypatch.setenv("GARRISON_OFFLINE", "1")
    monkeypatch.setattr(catalogue, "_DATASETS", (*catalogue._DATASETS, invented()))
    return tmp_path


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", sorted(datasets()))
def test_each_entry_is_complete(name: str) -> None:
    entry = datasets()[name]
    assert entry.name == name
    for text in (entry.title, entry.citation, entry.licence, entry.page, entry.by_hand):
        assert text
    assert entry.traps
    if entry.kind == "events":
        assert Schema.read(CONFIGS / entry.features).label is not None
    else:
        assert entry.features == ""
    for file in entry.files:
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.bytes > 0
        assert all(mirror.startswith("https://") for mirror in file.mirrors)


@pytest.mark.parametrize("name", sorted(datasets()))
def test_each_entry_that_is_here_has_its_digest(name: str) -> None:
    if locate(name) is None:
        pytest.skip(f"{name} is not on this machine")
    assert verify(name) == fetch(name)


def test_the_embedded_set_comes_with_a_package(places: Path) -> None:
    path = fetch("phishing_embedded")
    assert path.name == "phishing.csv.gz"
    assert verify("phishing_embedded") == path


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(DatasetError) as caught:
        dataset("phishing_website")
    assert "phishing_websites" in caught.value.remedy


def test_nothing_is_found_where_nothing_is(places: Path) -> None:
    assert locate("invented") is None
    with pytest.raises(DatasetError, match="not on this machine"):
        verify("invented")


@pytest.mark.parametrize("below", ["inner/invented.csv", "invented.csv"])
def test_the_data_folder_comes_before_the_shared_one_and_the_cache(
    places: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    cached = put(places / "cache" / "datasets" / "inner" / "invented.csv")
    assert locate("invented") == cached
    shared = put(places / "home" / "shared" / "datasets" / below)
    assert locate("invented") == shared
    monkeypatch.setenv("GARRISON_DATA", str(places / "mine"))
    assert locate("invented") == shared
    mine = put(places / "mine" / below)
    assert locate("invented") == mine
    assert fetch("invented") == mine
    assert list(candidates(invented(), invented().files[0])) == [mine, shared, cached]


def test_a_file_of_another_size_is_passed_over(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_DATA", str(places / "mine"))
    put(places / "mine" / "invented.csv", CONTENT[:-1])
    cached = put(places / "cache" / "datasets" / "inner" / "invented.csv")
    assert locate("invented") == cached
    assert fetch("invented") == cached
    with pytest.raises(DatasetError, match="its bytes are others") as caught:
        verify("invented")
    assert caught.value.where.endswith("mine/invented.csv")


def test_a_changed_file_is_not_fetched_nor_verified(places: Path) -> None:
    put(places / "cache" / "datasets" / "inner" / "invented.csv", CONTENT[::-1])
    with pytest.raises(DatasetError, match="its bytes are others"):
        verify("invented")
    with pytest.raises(DatasetError, match="no mirror of it is known"):
        fetch("invented")


def test_without_a_mirror_the_error_says_how_to_get_it_by_hand(places: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        fetch("invented")
    assert "write it yourself" in caught.value.remedy
    assert "GARRISON_DATA" in caught.value.remedy
    assert caught.value.where == "https://example.org/invented"
    assert caught.value.exit_code == 7


def test_offline_refuses_to_download(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "_DATASETS", (invented(mirrors=("https://example.org/x",)),))
    with pytest.raises(DatasetError, match="downloads are off") as caught:
        fetch("invented")
    assert "GARRISON_OFFLINE" in caught.value.where


def test_a_package_that_is_not_installed_is_no_place(places: Path) -> None:
    entry = invented(package="no_such_package_here")
    assert list(candidates(entry, entry.files[0])) == []


def test_the_folders_are_named_once_each(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GARRISON_DATA", str(places / "cache" / "datasets"))
    folders = data_folders()
    assert folders[0] == places / "cache" / "datasets"
    assert len(set(folders)) == len(folders)


def test_what_is_no_table_of_events_says_so() -> None:
    assert {name: entry.kind for name, entry in datasets().items() if entry.kind != "events"} == {
        "mnist": "images"
    }
    assert dataset("mnist").pipeline == "federated"
    assert dataset("nsl_kdd").pipeline == "threats"
