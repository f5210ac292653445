from pathlib import Path

import numpy as np
import pytest

from garrison.ciphers.corpus import Corpus, books, books_or_fail
from garrison.ciphers.letters import as_text
from garrison.errors import DataError, DatasetError, SourceError


@pytest.fixture
def texts(tmp_path: Path) -> list[Path]:
    for name, letters in (("a.txt", "ABCDEFGHIJ" * 10), ("b.txt", "KLMNOPQRST" * 20)):
        (tmp_path / name).write_text(letters, encoding="utf-8")
    return [tmp_path / "a.txt", tmp_path / "b.txt"]


def test_training_and_testing_are_cut_of_different_parts(texts: list[Path]) -> None:
    train, test = (Corpus.read(texts, split) for split in ("train", "test"))
    assert (train.lengths, test.lengths) == ((90, 180), (10, 20))
    assert as_text(test.letters) == "ABCDEFGHIJ" + "KLMNOPQRST" * 2


def test_no_message_crosses_from_one_text_into_another(texts: list[Path]) -> None:
    corpus = Corpus.read(texts, "train")
    drawn = corpus.draw(4000, 30, np.random.default_rng(0))
    first = (drawn < 10).all(1)
    assert ((drawn >= 10).all(1) | first).all()
    assert ((np.diff(drawn.astype(int)) - 1) % 10 == 0).all(), "each is a stretch of its text"
    share = (90 - 29) / (90 - 29 + 180 - 29)
    assert abs(first.mean() - share) < 0.04, "every place is as likely as another"


def test_texts_too_short_for_a_message_are_passed_over_or_refused(texts: list[Path]) -> None:
    corpus = Corpus.read(texts, "train")
    assert (corpus.draw(50, 120, np.random.default_rng(0)) >= 10).all()
    with pytest.raises(DataError, match="no text is long enough for messages of 181 letters"):
        corpus.draw(1, 181, np.random.default_rng(0))


def test_texts_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("123", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("café".encode("latin-1"))
    for name, said in (("none.txt", "No such file"), ("empty.txt", "no letters"), ("latin.txt", "not UTF-8")):
        with pytest.raises(SourceError, match=said) as error:
            Corpus.read([tmp_path / name], "train")
        assert name in error.value.where


def test_books_are_looked_for_in_the_data_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.ciphers.corpus.data_folders", lambda: (tmp_path / "no", tmp_path))
    assert books() == []
    with pytest.raises(DatasetError, match="no text to encipher") as error:
        books_or_fail()
    assert "--text" in error.value.remedy
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "one.txt").write_text("letters", encoding="utf-8")
    assert books_or_fail() == [tmp_path / "text" / "one.txt"]
