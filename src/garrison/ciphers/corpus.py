"""Text to encipher: messages cut at random out of books, of one part for training and of another for testing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from garrison.ciphers.letters import Bytes, running_letters
from garrison.ciphers.seeds import Split
from garrison.data.catalogue import data_folders
from garrison.errors import DataError, DatasetError, SourceError

TRAINING_SHARE = 0.9
"""The part of every text, from its beginning, that messages for training are cut of; those for testing, of the rest."""

MOST_BYTES = 1 << 30


def books() -> list[Path]:
    """The texts that are at hand: ``text/*.txt`` of the first data folder that has any."""
    found = (sorted((folder / "text").glob("*.txt")) for folder in data_folders())
    return next((paths for paths in found if paths), [])


def books_or_fail() -> list[Path]:
    """The texts that are at hand; ``DatasetError`` when there are none."""
    if not (found := books()):
        raise DatasetError(
            "there is no text to encipher on this machine",
            where=", ".join(str(folder / "text") for folder in data_folders()),
            expected="*.txt, any English text",
            remedy="name a file with --text",
        )
    return found


@dataclass(frozen=True, eq=False)
class Corpus:
    """``letters`` uint8, piece after piece; ``lengths`` says how long each piece is. No message crosses a border.

    >>> corpus = Corpus(running_letters("to be or not to be, that is the question"), (33,))
    >>> corpus.draw(4, 10, np.random.default_rng(0)).shape
    (4, 10)
    """

    letters: Bytes
    lengths: tuple[int, ...]

    @classmethod
    def read(cls, paths: Sequence[Path], split: Split) -> "Corpus":
        """The training or the testing part of each text.

        Raises ``SourceError`` where one cannot be read or has no letters.
        """
        pieces = []
        for path in paths:
            whole = read_letters(path)
            border = int(len(whole) * TRAINING_SHARE)
            pieces.append(whole[:border] if split == "train" else whole[border:])
        return cls(np.concatenate(pieces), tuple(map(len, pieces)))

    def draw(self, count: int, length: int, generator: np.random.Generator) -> Bytes:
        """``count`` stretches of ``length`` letters, uint8 ``(count, length)``; every place is as likely as another.

        Raises ``DataError`` when no piece is that long.
        """
        lengths = np.array(self.lengths)
        places = np.maximum(lengths - length + 1, 0)
        if not places.any():
            raise DataError(
                f"no text is long enough for messages of {length:,} letters",
                expected=f"at most {lengths.max(initial=0):,} letters",
                remedy="give a longer text, or make shorter messages",
            )
        ends = np.cumsum(places)
        chosen = generator.integers(ends[-1], size=count)
        piece = np.searchsorted(ends, chosen, side="right")
        starts = chosen - (ends - places)[piece] + (np.cumsum(lengths) - lengths)[piece]
        windows = np.lib.stride_tricks.sliding_window_view(self.letters, length)
        return np.asarray(windows[starts])


def read_letters(path: Path) -> Bytes:
    """The letters of a text file in UTF-8; ``SourceError`` where it cannot be read, is too large or has none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SourceError(
                "the text is too large", where=str(path), expected=f"at most {MOST_BYTES:,} bytes"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SourceError(f"cannot read the text: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            "the text is not UTF-8", where=f"{path}, byte {error.start:,}", remedy="save it as UTF-8"
        ) from error
    letters = running_letters(text)
    if not letters.size:
        raise SourceError("the text has no letters", where=str(path))
    return letters
