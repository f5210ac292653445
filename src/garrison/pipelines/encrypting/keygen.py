"""A pair of keys for one prepared model."""

from dataclasses import dataclass
from pathlib import Path

from garrison.encrypted import Client, ClientPart


@dataclass(frozen=True)
class Made:
    """New keys: their fingerprint, how many bytes the server is sent once, and where a pair before them is kept."""

    fingerprint: str
    folder: Path
    evaluation_bytes: int
    retired: Path | None


def make_keys(client: Path, folder: Path, *, rotate: bool = False) -> Made:
    """Make keys in ``folder`` for the model whose client's part is ``client``.

    ``rotate`` retires the keys that are there; without it they are a ``UsageError``.
    """
    part = ClientPart.load(client)
    made = Client.create(part.terms)
    retired = None
    if rotate:
        retired = made.replace(folder)
    else:
        made.save(folder)
    return Made(made.fingerprint, folder, len(made.evaluation_keys().to_bytes()), retired)
