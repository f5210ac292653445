import json
from pathlib import Path

import pytest

from garrison.data.quarantine import LARGEST_CONTENT, MOST_REASONS, OTHERS, Quarantine
from garrison.errors import OutputError


def test_reasons_without_end_are_counted_together(tmp_path: Path) -> None:
    with Quarantine(tmp_path / "refused.jsonl") as quarantine:
        for row in range(2 * MOST_REASONS):
            quarantine.refuse("events.jsonl", row + 1, f"key{row}: unexpected key", "{}")
        quarantine.refuse("events.jsonl", 1, "key0: unexpected key", "{}")
    assert len(quarantine.reasons) == MOST_REASONS + 1
    assert (quarantine.reasons["key0: unexpected key"], quarantine.reasons[OTHERS]) == (2, MOST_REASONS)
    assert (
        quarantine.count == len((tmp_path / "refused.jsonl").read_text().splitlines()) == 2 * MOST_REASONS + 1
    )


def test_refused_rows_are_written_when_it_closes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "quarantine.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.refuse("a.csv", 3, "port: missing", "x,,é")
        quarantine.refuse("a.csv", 9, "port: missing", "y,,")
        assert not path.exists()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0] == {"source": "a.csv", "row": 3, "reason": "port: missing", "content": "x,,é"}
    assert [line["row"] for line in lines] == [3, 9]
    assert quarantine.count == 2
    assert quarantine.reasons == {"port: missing": 2}


def test_no_file_is_made_when_nothing_is_refused(tmp_path: Path) -> None:
    with Quarantine(tmp_path / "q.jsonl"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_content_is_capped_without_cutting_a_character(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.refuse("a.csv", 1, "too long", "xé" * LARGEST_CONTENT)
    line = json.loads(path.read_text())
    assert len(line["content"].encode()) <= LARGEST_CONTENT
    assert line["content"].startswith("xéxé")
    assert line["content_bytes"] == 3 * LARGEST_CONTENT


def test_half_a_surrogate_pair_can_be_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    with Quarantine(path) as quarantine:
        quarantine.refuse("a.jsonl", 1, "half a surrogate pair", "\ud800")
    assert json.loads(path.read_text())["content"] == "?"


def test_what_was_refused_before_an_error_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"

    def broken() -> None:
        with Quarantine(path) as quarantine:
            quarantine.refuse("a.csv", 1, "bad", "x")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        broken()
    assert path.read_text().count("\n") == 1


def test_a_place_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError), Quarantine(tmp_path / "file" / "q.jsonl") as quarantine:
        quarantine.refuse("a.csv", 1, "bad", "x")


def test_what_was_kept_before_stays_on_request(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    for row, keep in ((1, True), (2, True), (3, False), (4, True)):
        with Quarantine(path, keep=keep) as quarantine:
            quarantine.refuse("a.csv", row, "bad", "x")
        with Quarantine(path, keep=keep):
            pass
    assert [json.loads(line)["row"] for line in path.read_text().splitlines()] == [3, 4]
