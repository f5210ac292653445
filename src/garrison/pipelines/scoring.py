"""Scoring as a person asks for it: a model by its name, data by theirs, and a file for the scores."""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.stores import open_store
from garrison.detection import Detector, load_detector
from garrison.errors import UsageError
from garrison.files import keep_apart, sha256_of
from garrison.pipelines.stages.addresses import Addresses, workspace_pseudonyms
from garrison.pipelines.stages.named_data import data_files
from garrison.registry.address import find_model
from garrison.run.redaction import redact
from garrison.serving.batch import (
    BATCH_ROWS,
    Input,
    PreparedInput,
    Scored,
    SourceInput,
    StoreInput,
    partial_beside,
    reading_schema,
    refused_beside,
    score_batch,
)


def score_events(
    model: str,
    data: str,
    out: Path,
    *,
    workspace: Path,
    collection: str | None = None,
    format: str | None = None,
    keep: Sequence[str] = (),
    batch_rows: int = BATCH_ROWS,
    jobs: int = -1,
) -> Scored:
    """Score ``data`` with ``model`` into ``out``; see ``score_batch``.

    ``model`` is a folder, a name, or NAME@VERSION; ``data`` a file, a folder of files, a public data set,
    ``simulated:N``, a store's URL, or numbers that the detector's processor made (``.npy``, ``.parquet``). Addresses
    are replaced under the key of the environment, else of the workspace.
    """
    if "://" not in data and Path(data).exists():
        for written in (out, refused_beside(out), partial_beside(out)):
            keep_apart(written, Path(data))
    folder = find_model(model, root=workspace / "models")
    detector = load_detector(folder)
    found = input_of(
        data,
        detector,
        workspace=workspace,
        collection=collection,
        format=format,
        keep=keep,
        batch_rows=batch_rows,
    )
    return score_batch(
        detector,
        found,
        out,
        keep=keep,
        batch_rows=batch_rows,
        jobs=jobs,
        identity=sha256_of(folder / "manifest.json"),
    )


def input_of(
    data: str,
    detector: Detector,
    *,
    workspace: Path,
    collection: str | None = None,
    format: str | None = None,
    keep: Sequence[str] = (),
    batch_rows: int = BATCH_ROWS,
) -> Input:
    """What ``data`` stands for, as events to be scored by ``detector``; see ``score_events``."""
    schema = reading_schema(detector.schema, keep)
    if "://" in data:
        return _store(data, collection, schema, workspace=workspace, batch_rows=batch_rows)
    return _files(
        data, detector, schema, workspace=workspace, format=format, keep=keep, batch_rows=batch_rows
    )


def _files(
    data: str,
    detector: Detector,
    schema: Schema,
    *,
    workspace: Path,
    format: str | None,
    keep: Sequence[str],
    batch_rows: int,
) -> Input:
    paths = data_files(data, workspace=workspace)
    names = detector.processor.names
    if len(paths) == 1 and format is None and not keep and PreparedInput.is_one(paths[0], names, schema):
        return PreparedInput(paths[0], names, batch_rows=batch_rows)
    sources = [
        open_source(path, schema=schema, with_label=False, format=format, batch_rows=batch_rows)
        for path in paths
    ]
    if any(source.needs_pseudonyms for source in sources):
        pseudonyms = workspace_pseudonyms(workspace)
        for source in sources:
            source.pseudonyms = pseudonyms
    return SourceInput(sources)


def _store(
    url: str, collection: str | None, schema: Schema, *, workspace: Path, batch_rows: int
) -> StoreInput:
    with open_store(url) as store:
        there = store.collections()
    if collection is None and len(there) == 1:
        collection = there[0]
    if collection is None or collection not in there:
        raise UsageError(
            "which collection of the store?" if collection is None else f"no collection {collection!r}",
            where=redact(url),
            expected=f"one of: {', '.join(there)}" if there else "a collection; the store is empty",
            remedy="give --collection NAME, or load a file with `garrison ingest`",
        )
    addresses = Addresses(schema, workspace)
    return StoreInput(
        url,
        collection,
        schema,
        batch_rows=batch_rows,
        hide=addresses.hide,
        hide_text=addresses.hide_text,
    )
