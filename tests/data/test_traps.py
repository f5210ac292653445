"""What is known to be wrong with a public data set is enforced wherever its columns turn up."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from garrison.data.catalogue import datasets, recognised
from garrison.data.catalogue.traps import known_caveats, known_traps
from garrison.data.schema import Schema
from garrison.errors import SchemaError
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.ingestion import Ingestion, ingest_events

THREATS = Path(__file__).parents[2] / "configs" / "threats"


def facts_of(name: str, **roles: str) -> dict[str, Any]:
    """The features file of a public set under another name, with other roles for some columns."""
    facts = Schema.read(THREATS / f"{name}.json").to_dict()
    facts["name"] = "my own copy"
    for column in facts["columns"]:
        if column["name"] in roles:
            column["role"] = roles[column["name"]]
    return facts


@pytest.mark.parametrize(
    ("name", "column"), [("unsw_nb15", "id"), ("unsw_nb15", "attack_cat"), ("nsl_kdd", "difficulty")]
)
def test_a_column_that_tells_the_label_cannot_be_a_feature(name: str, column: str) -> None:
    schema = Schema.from_dict(facts_of(name, **{column: "feature"}))
    with pytest.raises(SchemaError) as caught:
        known_traps(schema)
    error = caught.value
    assert f"{column!r} is a feature" in error.what
    assert datasets()[name].title in error.what
    assert error.where == "schema 'my own copy'"
    assert column in error.expected
    assert f"give {column!r} the role ignore" in error.remedy
    assert f"garrison datasets show {name}" in error.remedy
    assert error.exit_code == 6


@pytest.mark.parametrize("name", ["unsw_nb15", "nsl_kdd"])
def test_the_shipped_features_files_fall_into_no_trap(name: str) -> None:
    assert known_traps(Schema.read(THREATS / f"{name}.json")) is datasets()[name]
    assert known_traps(Schema.from_dict(facts_of(name))) is datasets()[name]


def test_in_another_role_the_column_may_stay() -> None:
    facts = facts_of("unsw_nb15", id="context", attack_cat="ignore")
    assert known_traps(Schema.from_dict(facts)) is datasets()["unsw_nb15"]


def test_a_copy_without_the_categories_is_still_known() -> None:
    """Copies circulate without attack_cat; their id tells the label all the same."""
    facts = facts_of("unsw_nb15", id="feature")
    facts["columns"] = [column for column in facts["columns"] if column["name"] != "attack_cat"]
    with pytest.raises(SchemaError, match="'id' is a feature"):
        known_traps(Schema.from_dict(facts))


def test_a_copy_of_nsl_kdd_without_difficulty_is_still_known() -> None:
    facts = facts_of("nsl_kdd")
    facts["columns"] = [column for column in facts["columns"] if column["name"] != "difficulty"]
    assert known_traps(Schema.from_dict(facts)) is datasets()["nsl_kdd"]


def test_data_of_ones_own_have_no_known_traps() -> None:
    assert known_traps(Schema.read(THREATS / "features.json")) is None
    own = {
        "name": "mine",
        "columns": [{"name": "id", "type": "integer"}, {"name": "sttl", "type": "integer"}],
    }
    assert known_traps(Schema.from_dict(own)) is None, "an id of one's own may be a feature"


def test_a_set_is_known_by_all_of_its_marks() -> None:
    for name in ("unsw_nb15", "nsl_kdd"):
        marks = datasets()[name].marks
        assert marks
        assert recognised(marks) is datasets()[name]
        assert recognised([*reversed(marks), "more"]) is datasets()[name]
        for gone in marks:
            assert recognised([mark for mark in marks if mark != gone]) is None
    assert recognised([]) is None


def test_sets_without_marks_are_not_recognised() -> None:
    plain = next(known for known in datasets().values() if not known.marks)
    assert recognised(Schema.read(THREATS.parent / plain.features).names) is None


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("unsw_nb15", 82_332, "calls the testing set"),
        ("unsw_nb15", 175_341, "calls the training set"),
        ("nsl_kdd", 125_973, "KDDTrain+"),
        ("nsl_kdd", 22_544, "test part"),
        ("nsl_kdd", 11_850, "harder test part"),
        ("nsl_kdd", 25_192, "a fifth of KDDTrain+"),
    ],
)
def test_the_number_of_rows_says_which_part_it_is(name: str, rows: int, said: str) -> None:
    *always, caveat = known_caveats(datasets()[name], rows)
    assert always == list(datasets()[name].caveats)
    assert caveat.startswith(f"{name}: ")
    assert said in caveat
    for other in (rows - 1, rows + 1, 0):
        assert known_caveats(datasets()[name], other) == always
    assert known_caveats(None, rows) == []


SMALL = 60


def unsw_rows(*, bad: int = 0) -> str:
    """Rows with the columns of UNSW-NB15; in the first ``bad`` of them a duration is no number."""
    schema = Schema.read(THREATS / "unsw_nb15.json")
    texts = {"proto": "tcp", "service": "-", "state": "FIN"}
    lines = [",".join(schema.names)]
    for row in range(SMALL):
        cells = {"id": row + 1, "sbytes": row * 7, "dur": "long" if row < bad else row / 8, "label": row % 2}
        cells["attack_cat"] = "Exploits" if row % 2 else "Normal"
        lines.append(",".join(str(cells.get(name, texts.get(name, 1))) for name in schema.names))
    return "\n".join(lines) + "\n"


def ingested(data: Path, folder: Path) -> Ingestion:
    out = folder / "out"
    out.mkdir(parents=True)
    return ingest_events(
        IngestionSettings(data=str(data)),
        out,
        schema=Schema.read(THREATS / "unsw_nb15.json"),
        workspace=folder,
        quarantine_path=folder / "refused.jsonl",
        seed=0,
    )


@pytest.mark.parametrize("bad", [0, 3])
def test_rows_decide_and_not_the_name_of_the_file(
    bad: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mirrors swap the names of the two files of UNSW-NB15; refused rows count too, as the file had them."""
    from garrison.data import catalogue

    known = datasets()["unsw_nb15"]
    small = replace(known, partitions={SMALL: "the small part", SMALL - 3: "another part"})
    monkeypatch.setattr(catalogue, "_DATASETS", (small,))
    for name in ("UNSW_NB15_training-set.csv", "UNSW_NB15_testing-set.csv"):
        data = tmp_path / name
        data.write_text(unsw_rows(bad=bad), encoding="utf-8")
        found = ingested(data, tmp_path / data.stem)
        assert found.rows + found.refused == SMALL
        assert found.refused == bad
        assert "unsw_nb15: the small part" in found.caveats
        assert not any("another part" in caveat for caveat in found.caveats)
        assert known.caveats[0] in found.caveats


def test_other_numbers_of_rows_say_nothing_of_a_part(tmp_path: Path) -> None:
    data = tmp_path / "UNSW_NB15_training-set.csv"
    data.write_text(unsw_rows(), encoding="utf-8")
    caveats = ingested(data, tmp_path / "work").caveats
    assert not any("training set" in caveat or "testing set" in caveat for caveat in caveats)
