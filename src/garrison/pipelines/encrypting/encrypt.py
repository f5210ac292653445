"""Events to a file of encrypted rows, for a server, and an index of them that stays here."""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from garrison.data.quarantine import Quarantine
from garrison.encrypted import Client, ClientPart
from garrison.encrypted.message_file import writing
from garrison.errors import SchemaError, SourceError
from garrison.files import atomic_file, keep_apart
from garrison.pipelines.scoring import input_of
from garrison.progress import progress
from garrison.serving.batch import PLACES, kept_columns, rows_as_numbers

INDEX = ".index.parquet"
MARK = b"garrison.encrypted_rows"
"""What an index is known by: this key of its metadata, with the digest of the messages' names."""


@dataclass(frozen=True)
class Encrypted:
    """A file of encrypted rows, its index, and what became of the rows."""

    path: Path
    index: Path
    refused_path: Path
    rows: int
    messages: int
    bytes: int
    refused: int
    reasons: dict[str, int]


def encrypt_events(
    client: Path,
    keys: Path,
    data: str,
    out: Path,
    *,
    workspace: Path,
    collection: str | None = None,
    format: str | None = None,
    keep: Sequence[str] = (),
    packing: str = "auto",
) -> Encrypted:
    """Encrypt ``data`` into ``out`` for the model whose client's part is ``client``, under the keys in ``keys``.

    Which row stands where, and the columns in ``keep``, are written to ``OUT.index.parquet``, which no server needs.
    Rows that are not what the schema says go to ``OUT.refused.jsonl``, with the reason.
    """
    keep_apart(out, *([Path(data)] if Path(data).exists() else []), keys, client)
    part = ClientPart.load(client)
    holder = Client.load(keys, part.terms)
    detector = part.detector()
    batch_rows = part.terms.parameters.slots
    found = input_of(
        data,
        detector,
        workspace=workspace,
        collection=collection,
        format=format,
        keep=keep,
        batch_rows=batch_rows,
    )
    kept = () if found.prepared else kept_columns(detector.schema, keep)
    refused_path, index = out.with_name(out.name + ".refused.jsonl"), out.with_name(out.name + INDEX)
    rows = messages = 0
    with contextlib.ExitStack() as stack:
        temporary = stack.enter_context(TemporaryDirectory(prefix="garrison-"))
        quarantine = stack.enter_context(Quarantine(refused_path))
        add = stack.enter_context(writing(out))
        advance = stack.enter_context(progress("encrypting"))
        index_file = stack.enter_context(atomic_file(index))
        batches = stack.enter_context(
            rows_as_numbers(detector, found, quarantine, folder=Path(temporary), batch_rows=batch_rows)
        )
        tables, sent = [], list[str]()
        for batch, numbers in batches:
            encrypted = holder.encrypt(part.model.inputs(numbers), part.limits, packing=packing)
            add(encrypted.to_bytes())
            sent.append(encrypted.name)
            columns = [name for name in (*PLACES, *kept) if name in batch.schema.names]
            tables.append(pa.Table.from_batches([batch.select(columns)]))
            rows, messages = rows + batch.num_rows, messages + 1
            advance(batch.num_rows)
        if not tables:
            raise _nothing(quarantine)
        found_places = pa.concat_tables(tables)
        marked = {**(found_places.schema.metadata or {}), MARK: digest_of_names(sent)}
        pq.write_table(found_places.replace_schema_metadata(marked), index_file)
        index_file.chmod(0o600)
    if refused_path.exists():
        refused_path.chmod(0o600)
    return Encrypted(
        path=out,
        index=index,
        refused_path=refused_path,
        rows=rows,
        messages=messages,
        bytes=out.stat().st_size,
        refused=quarantine.count,
        reasons=dict(sorted(quarantine.reasons.items())),
    )


def digest_of_names(names: Sequence[str]) -> bytes:
    """What says of which messages, in which order, an index tells the rows."""
    return hashlib.sha256("".join(names).encode()).hexdigest().encode()


def _nothing(quarantine: Quarantine) -> SchemaError | SourceError:
    if not quarantine.count:
        return SourceError("there are no rows to encrypt", expected="rows after the header")
    reason, count = quarantine.reasons.most_common(1)[0]
    return SchemaError(
        f"all {quarantine.count:,} rows are refused, {count:,} of them by: {reason}",
        expected="rows that fit the schema",
        remedy=f"read the reasons in {quarantine.path}",
    )
