"""What is finished of a long scoring: shards in a folder beside the output, kept until the output is whole."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from garrison.files import atomic_file, canonical_json, output_errors, write_json
from garrison.progress import say

MANIFEST = "manifest.json"


class Shards:
    """Numbered tables of scores in ``folder``, each whole or absent.

    ``made_from`` is everything that tells one scoring from another; shards of another one are thrown away, and a line
    on standard error says so.
    """

    def __init__(self, folder: Path, made_from: Any) -> None:
        self.folder = folder
        with output_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        wanted = canonical_json(made_from)
        found = self._manifest()
        if found is not None and found != wanted:
            say(f"{folder} holds a part of another scoring; it is begun anew")
        if found != wanted:
            with output_errors(folder):
                for path in folder.glob("*.parquet"):
                    path.unlink()
            write_json(folder / MANIFEST, made_from)
        self.found = sum(1 for _ in folder.glob("[0-9]*.parquet"))

    def _manifest(self) -> str | None:
        try:
            return canonical_json(json.loads((self.folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def has(self, number: int) -> bool:
        """Whether this shard is finished."""
        return self._path(number).is_file()

    def write(self, number: int, table: pa.Table) -> None:
        """Keep a finished shard."""
        with atomic_file(self._path(number)) as temporary:
            pq.write_table(table, temporary, compression="lz4", use_dictionary=False)

    def read(self, count: int) -> Iterator[pa.Table]:
        """The first ``count`` shards, in order."""
        for number in range(count):
            yield pq.read_table(self._path(number))

    def remove(self) -> None:
        """Throw the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.parquet"
