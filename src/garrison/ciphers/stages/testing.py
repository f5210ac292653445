"""The last stage: a trained network on keys of testing, drawn afresh or out of the arrays for testing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.networks.figures import Figures, figures_of
from garrison.ciphers.networks.reading import Read, check_length, read_streams
from garrison.ciphers.networks.saved_network import SavedNetwork
from garrison.ciphers.shards import Shards
from garrison.errors import UsageError
from garrison.progress import progress


@dataclass(frozen=True)
class Judged:
    """How well a network read keys, a record a length of messages."""

    by_length: tuple[Figures, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"by_length": [each.to_dict() for each in self.by_length]}


def judge_network(network: SavedNetwork, batches: Iterable[Batch], *, device: str = "cpu") -> Judged:
    """Read every key stream of ``batches`` and hold what was read against the keys, by length.

    ``UsageError`` for a length that the network was not trained for, or no batch at all; ``DataError`` for fewer than
    two keys.
    """
    parts: dict[int, list[tuple[Batch, Read]]] = {}
    with progress("reading key streams") as advance:
        for batch in batches:
            length = batch.stream.shape[1]
            check_length(network, length)
            parts.setdefault(length, []).append((batch, read_streams(network, batch.stream, device=device)))
            advance(len(batch))
    if not parts:
        raise UsageError("there is nothing to test with", expected="one message or more")
    return Judged(tuple(figures_of(*_joined(parts[length])) for length in sorted(parts)))


def _joined(parts: list[tuple[Batch, Read]]) -> tuple[Batch, Read]:
    batches, reads = zip(*parts, strict=True)
    whole = Batch(
        *(np.concatenate([getattr(each, name) for each in batches]) for name in ("stream", "pins", "lugs"))
    )
    return whole, Read(
        *(np.concatenate([getattr(each, name) for each in reads]) for name in ("pins", "lugs", "pairs"))
    )


def batches_of(shards: Shards) -> Iterator[Batch]:
    """The arrays of a split, a batch a shard; ``UsageError`` for arrays of ciphertext alone."""
    if shards.manifest.made_from["mode"] != "known-plaintext":
        raise UsageError(
            "the network reads key streams, and these arrays are of ciphertext alone",
            where=str(shards.folder),
            remedy="make them with known plaintext: garrison ciphers encrypt --mode known-plaintext …",
        )
    for found in shards:
        labels = np.hstack([found["lugs"], found["pairs"]])
        yield Batch(np.asarray(found["x"]), np.asarray(found["pins"]), labels)
