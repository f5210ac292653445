"""From what a person names (a file, a data set, a store) to a collection in a store."""

from dataclasses import dataclass
from pathlib import Path

from garrison.data.catalogue import datasets, fetch, fetch_parts
from garrison.data.ingest import ingest
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.stores import open_store
from garrison.errors import SourceError, UsageError
from garrison.files import sha256_of_json
from garrison.pipelines.settings import IngestionSettings
from garrison.run.redaction import HIDDEN, redact


@dataclass(frozen=True)
class Landed:
    """Events that lie in a store."""

    store: str
    collection: str
    origin: str
    digest: str
    refused: int


def land(settings: IngestionSettings, *, schema: Schema, workspace: Path, quarantine: Quarantine) -> Landed:
    """Load a file into the store, or name the collection that is already there.

    A file gets a collection of its own, named by its content, so that loading it again changes nothing.

    Raises:
        UsageError: no data were named, a store without a collection, or one whose password is hidden.
        SourceError: the name is neither a file, nor a data set, nor a store's URL.
    """
    if settings.data is None:
        raise UsageError(
            "no data were named",
            expected="a file, a data set's name or a store's URL",
            remedy="give --data, or set ingestion.data; `garrison datasets list` names the public data sets",
        )
    for url in (settings.data, settings.store or ""):
        if f":{HIDDEN}@" in url:
            raise UsageError(
                "the kept settings of the run hide the store's password",
                where=redact(url),
                expected="the store's URL, or the login in the environment",
                remedy="give the URL again beside --resume (--data, or --set ingestion.store=…)",
            )
    if "://" in settings.data:
        return _in_store(settings.data, settings.collection)
    return _land_file(
        _file(settings.data), settings, schema=schema, workspace=workspace, quarantine=quarantine
    )


def land_tests(
    settings: IngestionSettings, *, schema: Schema, workspace: Path, quarantine: Quarantine
) -> dict[str, Landed]:
    """The files that were set aside for testing, by name: those of the settings, else of the data set's authors."""
    paths = {Path(name).name.partition(".")[0]: _file(name) for name in settings.test}
    known = datasets().get(settings.data or "")
    if not paths and known is not None and known.tests:
        parts = fetch_parts(known.name)
        paths = {name: parts[name] for name in (each.partition(".")[0] for each in known.tests)}
    apart = settings.model_copy(update={"collection": None})
    return {
        name: _land_file(path, apart, schema=schema, workspace=workspace, quarantine=quarantine)
        for name, path in paths.items()
    }


def _land_file(
    path: Path, settings: IngestionSettings, *, schema: Schema, workspace: Path, quarantine: Quarantine
) -> Landed:
    source = open_source(path, schema=schema, encoding=settings.encoding, delimiter=settings.delimiter)
    store_url = settings.store or f"duckdb:///{workspace / 'stores' / 'events.duckdb'}"
    contents = sha256_of_json({"file": source.digest, "schema": schema.to_dict()})
    collection = settings.collection or f"{schema.name}_{contents[:12]}"
    with open_store(store_url) as store:
        loaded = ingest(source, store, collection, schema=schema, quarantine=quarantine)
    return Landed(
        store=store_url,
        collection=collection,
        origin=source.name,
        digest=source.digest,
        refused=loaded.refused,
    )


def _in_store(url: str, collection: str | None) -> Landed:
    with open_store(url) as store:
        there = store.collections()
    if collection is None and len(there) == 1:
        collection = there[0]
    if collection not in there:
        raise UsageError(
            "which collection of the store?" if collection is None else f"no collection {collection!r}",
            where=redact(url),
            expected=f"one of: {', '.join(there)}" if there else "a collection; the store is empty",
            remedy="give --collection NAME, or load a file with `garrison ingest`",
        )
    return Landed(
        store=url, collection=collection, origin=f"{redact(url)} {collection}", digest="", refused=0
    )


def _file(name: str) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    if name in datasets():
        return fetch(name)
    raise SourceError(
        "the path is a folder" if path.is_dir() else "no such file or data set",
        where=name,
        expected=f"a file, a store's URL, or a data set: {', '.join(sorted(datasets()))}",
        remedy="check the path; `garrison datasets list` names the public data sets",
    )
