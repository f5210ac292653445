"""What live windows remember, as values that can be kept: how a stream goes on where it was broken off."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from garrison.data.windows_spec import Windows
from garrison.errors import IntegrityError
from garrison.features.past_counts import Ints

Arrays = dict[str, NDArray[Any]]

_FACTS = ("windows", "time", "late", "latest", "most_texts")


@dataclass(frozen=True, eq=False)
class LiveMemory:
    """The events that a window can still reach, shape (rows, n) int64 in order of time, and the texts they are of.

    ``held`` has a row for the source, the time, each column counted distinct, whether it is there, and each sum;
    texts stand in it as their places in ``texts``, by column. It holds no address where those are pseudonyms.
    """

    windows: Windows
    time: str
    late: int
    latest: int | None
    most_texts: int
    held: Ints
    texts: dict[str, tuple[str, ...]]

    def to_parts(self) -> tuple[dict[str, Any], Arrays]:
        """It as JSON values and plain arrays; ``from_parts`` gives it back."""
        facts = {name: getattr(self, name) for name in _FACTS if name != "windows"}
        facts |= {"windows": asdict(self.windows), "texts": list(self.texts)}
        arrays: Arrays = {"held": self.held}
        for place, texts in enumerate(self.texts.values()):
            encoded = [text.encode() for text in texts]
            arrays[f"texts{place}"] = np.frombuffer(b"".join(encoded), dtype=np.uint8)
            arrays[f"lengths{place}"] = np.array([len(each) for each in encoded], dtype=np.int64)
        return facts, arrays

    @classmethod
    def from_parts(cls, facts: dict[str, Any], arrays: Arrays) -> Self:
        """The memory that ``to_parts`` took apart; ``IntegrityError`` when the parts do not fit together."""
        try:
            spec = facts["windows"]
            columns = (tuple(map(str, spec[name])) for name in ("distinct", "sums", "failures"))
            windows = Windows(str(spec["source"]), tuple(map(int, spec["seconds"])), *columns)
            texts = {
                str(name): _texts(arrays[f"texts{place}"], arrays[f"lengths{place}"])
                for place, name in enumerate(facts["texts"])
            }
            latest = None if facts["latest"] is None else int(facts["latest"])
            counts = int(facts["late"]), latest, int(facts["most_texts"])
            memory = cls(windows, str(facts["time"]), *counts, _held(arrays["held"], windows), texts)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise IntegrityError(f"what was remembered cannot be read: {error}"[:300]) from error
        memory._check()
        return memory

    def _check(self) -> None:
        """Every text that an event names is there, and events are in order of time."""
        of = {0: self.windows.source}
        of |= {2 + place: name for place, name in enumerate(self.windows.distinct) if name in self.texts}
        for row, name in of.items():
            codes = self.held[row]
            if codes.size and not -1 <= codes.min() <= codes.max() < len(self.texts.get(name, ())):
                raise IntegrityError(f"what was remembered names a text of {name!r} that is not there")
        if (np.diff(self.held[1]) < 0).any():
            raise IntegrityError("what was remembered is not in order of time")


def _held(held: NDArray[Any], windows: Windows) -> Ints:
    rows = 2 + 2 * len(windows.distinct) + len(windows.sums) + len(windows.failures)
    if held.dtype != np.int64 or held.ndim != 2 or held.shape[0] != rows:
        raise ValueError(f"events as {held.dtype} of shape {held.shape}")
    return held


def _texts(content: NDArray[Any], lengths: NDArray[Any]) -> tuple[str, ...]:
    if content.dtype != np.uint8 or lengths.dtype != np.int64 or (lengths < 0).any():
        raise ValueError("texts that are no texts")
    if lengths.sum() != len(content):
        raise ValueError("texts cut short")
    whole, ends = content.tobytes(), np.cumsum(lengths).tolist()
    begins = [0, *ends][: len(ends)]
    return tuple(whole[begin:end].decode() for begin, end in zip(begins, ends, strict=True))
