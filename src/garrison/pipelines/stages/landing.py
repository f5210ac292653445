"""From what a person names (files, a data set, a store) to a collection in a store."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import garrison
from garrison.data.casting import what_is_read
from garrison.data.catalogue import datasets, fetch_parts
from garrison.data.ingest import ingest
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import Source, open_source
from garrison.data.sources.compression import CODECS
from garrison.data.stores import open_store
from garrison.errors import SchemaError, UsageError
from garrison.files import sha256_of_json
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.addresses import workspace_pseudonyms
from garrison.pipelines.stages.named_data import data_files
from garrison.run.redaction import HIDDEN, redact


@dataclass(frozen=True)
class Landed:
    """Events that lie in a store; the key for addresses that it may hold as they are is that of ``workspace``."""

    workspace: Path
    store: str
    collection: str
    origin: str


def land(
    settings: IngestionSettings,
    *,
    schema: Schema,
    workspace: Path,
    quarantine: Quarantine,
    with_label: bool = True,
    seed: int = 0,
) -> Landed:
    """Load files into the store, or name the collection that is already there; ``seed`` draws simulated events.

    Files get a collection of their own, named by their content, so that loading them again changes nothing.

    Raises:
        UsageError: no data were named, a store without a collection, or one whose password is hidden.
        SourceError: the name is neither a file, a folder, a data set nor a store's URL.
        SchemaError: a column is missing or unexpected, or not one row is what the schema says.
    """
    if settings.data is None:
        raise UsageError(
            "no data were named",
            expected="a file, a folder, a data set's name or a store's URL",
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
        return _in_store(settings.data, settings.collection, workspace)
    return _land_files(
        data_files(settings.data, workspace=workspace, seed=seed),
        settings,
        schema=schema,
        workspace=workspace,
        quarantine=quarantine,
        with_label=with_label,
    )


def land_tests(
    settings: IngestionSettings, *, schema: Schema, workspace: Path, quarantine: Quarantine
) -> dict[str, Landed]:
    """The files that were set aside for testing, by name: those of the settings, else of the data set's authors.

    None are read where the settings ask for another split. Raises ``UsageError`` where two have one name, or where
    test files were named and another split is asked for.
    """
    if settings.split not in ("auto", "official"):
        if settings.test:
            raise UsageError(
                f"test files are named, and the split is to be by {settings.split}",
                where="ingestion.test, ingestion.split",
                expected="one of both",
                remedy="leave ingestion.split at auto, or ingestion.test out",
            )
        return {}
    given = {_part_name(name): data_files(name, workspace=workspace) for name in settings.test}
    if len(given) < len(settings.test):
        raise UsageError(
            "two test files have one name",
            where=", ".join(settings.test),
            expected="names that tell them apart in the report",
            remedy="rename one of them",
        )
    known = datasets().get(settings.data or "")
    if not given and known is not None and known.tests:
        parts = fetch_parts(known.name)
        given = {name: (parts[name],) for name in (each.partition(".")[0] for each in known.tests)}
    apart = settings.model_copy(update={"collection": None})
    return {
        name: _land_files(paths, apart, schema=schema, workspace=workspace, quarantine=quarantine)
        for name, paths in given.items()
    }


def _part_name(name: str) -> str:
    """A test file's name without its endings, as it is told apart in a report."""
    path = Path(name)
    return path.name.removesuffix("".join(path.suffixes[-2:])) if path.suffix in CODECS else path.stem


def _land_files(
    paths: Sequence[Path],
    settings: IngestionSettings,
    *,
    schema: Schema,
    workspace: Path,
    quarantine: Quarantine,
    with_label: bool = True,
) -> Landed:
    sources = [
        open_source(
            path,
            schema=schema,
            with_label=with_label,
            format=settings.format,
            encoding=settings.encoding,
            delimiter=settings.delimiter,
        )
        for path in paths
    ]
    key = _hide_addresses(sources, workspace)
    store_url = settings.store or f"duckdb:///{workspace / 'stores' / 'events.duckdb'}"
    digests = [source.digest for source in sources]
    if len({*digests}) < len(digests):
        twice = [
            source.name for source, digest in zip(sources, digests, strict=True) if digests.count(digest) > 1
        ]
        raise UsageError(
            f"{len(twice)} files have the very same content: {', '.join(twice[:5])}",
            where=str(paths[0].parent),
            expected="each event once",
            remedy="remove the copies",
        )
    facts = {
        "files": digests,
        "schema": schema.to_dict(),
        "key": key,
        "label": with_label,
        "read": [settings.format, settings.encoding, settings.delimiter, garrison.__version__],
    }
    collection = settings.collection or f"{schema.name}_{sha256_of_json(facts)[:12]}"
    with open_store(store_url) as store:
        loaded = [
            ingest(source, store, collection, schema=schema, quarantine=quarantine) for source in sources
        ]
    origin = sources[0].name if len(sources) == 1 else f"{len(sources)} files of {paths[0].parent.name}"
    if not any(each.inserted + each.already_there for each in loaded):
        reasons = sum((Counter(each.reasons) for each in loaded), Counter[str]())
        reason, count = reasons.most_common(1)[0]
        raise SchemaError(
            f"all {reasons.total():,} rows are refused, {count:,} of them by: {reason}",
            where=origin,
            expected=what_is_read(reason) or f"rows that fit the features file of {schema.name!r}",
            remedy=f"read the reasons in {quarantine.path}"
            if quarantine.path
            else "correct the file, or the features file",
        )
    return Landed(
        workspace=workspace,
        store=store_url,
        collection=collection,
        origin=origin,
    )


def _hide_addresses(sources: Sequence[Source], workspace: Path) -> str:
    """Give the sources the key under which addresses are replaced; its fingerprint, "" where none is needed."""
    if not any(source.needs_pseudonyms for source in sources):
        return ""
    pseudonyms = workspace_pseudonyms(workspace)
    for source in sources:
        source.pseudonyms = pseudonyms
    return pseudonyms.fingerprint


def _in_store(url: str, collection: str | None, workspace: Path) -> Landed:
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
        workspace=workspace,
        store=url,
        collection=collection,
        origin=f"{redact(url)} {collection}",
    )
