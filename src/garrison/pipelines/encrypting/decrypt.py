"""A file of encrypted outputs to scores and verdicts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from garrison.detection.circuit import Floats
from garrison.encrypted import Client, ClientPart, EncryptedOutputs
from garrison.encrypted.message_file import messages_in
from garrison.errors import EncryptionError, SourceError, found_in
from garrison.files import atomic_file, keep_apart
from garrison.pipelines.encrypting.encrypt import MARK, digest_of_names
from garrison.serving.batch import SCORE, VERDICT, writer_for


@dataclass(frozen=True)
class Decrypted:
    """A file of scores; ``alerts`` of the ``rows`` are flagged."""

    path: Path
    rows: int
    alerts: int


def decrypt_outputs(
    client: Path,
    keys: Path,
    outputs: Path,
    out: Path,
    *,
    index: Path | None = None,
    verdict_only: bool = False,
) -> Decrypted:
    """Decrypt ``outputs`` into ``out``, a Parquet, CSV or JSON Lines file of rows, scores and verdicts.

    ``index`` is what encrypting wrote beside the rows; without it rows are numbered in their order. With
    ``verdict_only`` no score is written: what may be given to others.
    """
    keep_apart(out, outputs, index, keys)
    write = writer_for(out)
    part = ClientPart.load(client)
    holder = Client.load(keys, part.terms)
    names = list[str]()
    found = [part.scores(each) for each in _decrypted(holder, outputs, names)]
    if not found:
        raise EncryptionError("the file holds no outputs", where=str(outputs), remedy="score some rows")
    scores = np.concatenate(found)
    verdicts = scores >= part.threshold.value
    table = (
        pa.table({"row": pa.array(np.arange(1, len(scores) + 1))})
        if index is None
        else _places(index, len(scores), digest_of_names(names))
    )
    if not verdict_only:
        table = table.append_column(SCORE, pa.array(scores))
    table = table.append_column(VERDICT, pa.array(verdicts))
    with atomic_file(out) as temporary, write(temporary, table.schema) as add:
        add(table)
    return Decrypted(out, len(scores), int(verdicts.sum()))


def _decrypted(holder: Client, outputs: Path, names: list[str]) -> Iterator[Floats]:
    """The outputs of each message of the file, whose name is added to ``names``."""
    for message in messages_in(outputs):
        with found_in(outputs):
            encrypted = EncryptedOutputs.from_bytes(message)
            decrypted = holder.decrypt(encrypted)
        names.append(encrypted.name)
        yield decrypted


def _places(index: Path, rows: int, mark: bytes) -> pa.Table:
    """Which rows they are, of the messages that ``mark`` stands for."""
    try:
        table = pq.read_table(index)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"cannot be read as an index: {str(error).splitlines()[0]}"[:300],
            where=str(index),
            expected="the .index.parquet that `garrison encrypted encrypt` wrote beside the rows",
        ) from error
    if MARK not in (table.schema.metadata or {}):
        raise SourceError(
            "this is no index of encrypted rows",
            where=str(index),
            expected="the .index.parquet that `garrison encrypted encrypt` wrote beside the rows",
            remedy="give that one; without --index rows are numbered in their order",
        )
    if table.num_rows != rows or table.schema.metadata[MARK] != mark:
        raise SourceError(
            f"this is the index of {table.num_rows:,} other rows; the outputs are of {rows:,}",
            where=str(index),
            expected="the index of the rows these outputs were made of",
            remedy="give the .index.parquet that was written beside them",
        )
    return table
