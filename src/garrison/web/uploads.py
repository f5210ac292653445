"""The events of a file that came with a form: read as any file is, in a folder that is gone afterwards."""

import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import GarrisonError, SourceError
from garrison.serving.http.arrow_bodies import too_many_rows
from garrison.serving.http.problems import Refused
from garrison.serving.http.work import Deadline
from garrison.web.forms import Upload

ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""How a file is read, by the ending of its name."""

SHOWN = 1_000
"""Refused rows that are told one by one."""

_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")


@dataclass(frozen=True)
class Uploaded:
    """The rows of a file: those that are what the schema says, with their numbers from 1, and why others are not.

    ``refused`` has the first ``SHOWN`` of them; ``count`` is how many there are.
    """

    name: str
    table: pa.Table
    rows: NDArray[np.int64]
    refused: tuple[tuple[int, str], ...]
    count: int


class _Told(Quarantine):
    """Holds why rows were refused, and writes nothing."""

    def __init__(self) -> None:
        super().__init__(None)
        self.told: list[tuple[int, str]] = []

    def refuse(self, source: str, row: int, reason: str, content: str) -> None:
        """Hold the number and the reason."""
        super().refuse(source, row, reason, content)
        if len(self.told) < SHOWN:
            self.told.append((row, reason))


def read_upload(upload: Upload | None, schema: Schema, *, most_rows: int, deadline: Deadline) -> Uploaded:
    """The rows of a file, without their label; addresses are replaced by names that mean nothing anywhere else.

    ``Refused`` where there is no file, it is packed or of a kind that is not read here, and where it has too many rows.
    Raises what reading raises, without the place where the file lay for that moment.
    """
    if upload is None or not upload.content:
        raise Refused(
            "bad-request",
            "no file came" if upload is None else "the file is empty",
            expected="a file with a line of names and a line an event",
            remedy="choose a CSV file",
        )
    ending = Path(upload.name).suffix.lower()
    if ending not in ENDINGS or upload.content.startswith(_PACKED):
        raise Refused(
            "wrong-media-type",
            f"{upload.name!r} is not read here" + (": it is packed" if ending in ENDINGS else ""),
            expected="a plain file whose name ends in " + ", ".join(ENDINGS),
            remedy="score files of other kinds with garrison score",
        )
    with tempfile.TemporaryDirectory(prefix="garrison-upload-") as folder, _Told() as told:
        path = Path(folder) / f"upload{ending}"
        path.write_bytes(upload.content)
        try:
            parts = list(_limited(path, ending, schema, told, most_rows, deadline))
        except Refused:
            raise
        except GarrisonError as error:
            raise _renamed(error, path, upload.name) from error
    tables = [pa.Table.from_batches([batch]) for batch, _ in parts]
    rows = np.concatenate([numbers for _, numbers in parts]) if parts else np.empty(0, dtype=np.int64)
    empty = schema.arrow_schema(with_label=False).empty_table()
    return Uploaded(
        upload.name, pa.concat_tables(tables) if tables else empty, rows, tuple(told.told), told.count
    )


def _limited(
    path: Path, ending: str, schema: Schema, told: _Told, most_rows: int, deadline: Deadline
) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int64]]]:
    pseudonyms = Pseudonyms(secrets.token_bytes(32))
    source = open_source(
        path,
        schema=schema,
        with_label=False,
        format=ENDINGS[ending],
        batch_rows=16_384,
        pseudonyms=pseudonyms,
    )
    count = 0
    for part in source.numbered(told):
        deadline.check()
        count += part.batch.num_rows
        if count + told.count > most_rows:
            raise too_many_rows(count + told.count, most_rows)
        if part.batch.num_rows:
            yield part.batch, part.rows.to_numpy()


def _renamed(error: GarrisonError, path: Path, name: str) -> GarrisonError:
    """The same error, of the file as its sender called it."""

    def said(text: str) -> str:
        return text.replace(str(path), name).replace(path.name, name)

    kind = type(error) if type(error).__init__ is GarrisonError.__init__ else SourceError
    return kind(
        said(error.what), where=said(error.where), expected=said(error.expected), remedy=said(error.remedy)
    )
