"""`garrison ingest`: a file into a store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import Workspace
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.data.sources.capture_flows import Timeouts

HERE = Path()


def ingest(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, Parquet, JSON Lines, Zeek's conn.log, NetFlow as CSV, or a packet capture (pcap, pcapng);"
            " .gz and .zst are read as they are."
        ),
    ],
    into: Annotated[str, typer.Option(help="The store: duckdb:///PATH or mongodb://HOST/DATABASE.")],
    collection: Annotated[str, typer.Option(help="The collection the rows go to.")],
    features: Annotated[
        Path | None, typer.Option(help="A features file: columns are typed and checked by it.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="The column(s) that name a row; default: the file's content and the row's number."),
    ] = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="Where refused rows go; default: FILE.refused.jsonl in this folder.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding; found if not given.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="The CSV delimiter; found if not given.")] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="csv, parquet, jsonl, zeek, netflow or pcap; default: by the name, .log by its content."
        ),
    ] = None,
    label: Annotated[
        bool,
        typer.Option(
            "--label/--no-label", help="Whether the file has the label that the features file names."
        ),
    ] = True,
    idle_timeout: Annotated[
        float | None,
        typer.Option(help="Captures: a flow ends after so many seconds without a packet; 0: never."),
    ] = None,
    active_timeout: Annotated[
        float | None,
        typer.Option(help="Captures: a flow ends so many seconds after its first packet; 0: never."),
    ] = None,
    workspace: Workspace = HERE,
) -> None:
    """Load a file into a store; loading the same file twice changes nothing.

    Addresses are replaced by pseudonyms, under the key in GARRISON_PSEUDONYM_KEY or in the file that
    GARRISON_PSEUDONYM_KEY_FILE names, else in keys/pseudonyms.key of the workspace, which is made if it is not there.
    """
    from garrison.data.casting import what_is_read
    from garrison.data.ingest import ingest as load
    from garrison.data.pseudonym_key import PLACE, read_key
    from garrison.data.quarantine import Quarantine
    from garrison.data.raw import check_given
    from garrison.data.schema import Schema
    from garrison.data.sources import open_source
    from garrison.data.stores import open_store
    from garrison.files import keep_apart

    check_given(file)
    schema = Schema.read(features) if features else None
    source = open_source(
        file,
        schema=schema,
        with_label=label,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        timeouts=_timeouts(idle_timeout, active_timeout),
    )
    if source.needs_pseudonyms:
        key_used = read_key(workspace / PLACE)
        source.pseudonyms = key_used.pseudonyms
        made = "; it was made now: keep it, and keep it secret" if key_used.made else ""
        typer.echo(f"key for pseudonyms: {key_used.origin} ({key_used.pseudonyms.fingerprint}){made}")
    refused_path = quarantine or Path(f"{file.name}.refused.jsonl")
    keep_apart(refused_path, file, features)
    with open_store(into) as store, Quarantine(refused_path) as refused:
        loaded = load(source, store, collection, schema=schema, key=key, quarantine=refused)
    print_table(
        ["rows", "count"],
        [
            ["read", f"{loaded.rows_read:,}"],
            ["inserted", f"{loaded.inserted:,}"],
            ["already there", f"{loaded.already_there:,}"],
            ["refused", f"{loaded.refused:,}"],
        ],
    )
    for what, count in sorted(source.left_out.items()):
        typer.echo(f"no rows: {what}: {count:,}")
    for reason, count in sorted(loaded.reasons.items()):
        typer.echo(f"refused: {reason}: {count:,}")
        if read := what_is_read(reason):
            typer.echo(f"         read are {read}")
    if loaded.refused:
        typer.echo(f"refused rows and reasons: {refused_path}")


def _timeouts(idle: float | None, active: float | None) -> "Timeouts | None":
    """What was asked for, 0 being never; None where nothing was."""
    from garrison.data.sources.capture_flows import Timeouts

    if idle is None and active is None:
        return None
    usual = Timeouts()
    return Timeouts(
        idle=usual.idle if idle is None else idle or None,
        active=usual.active if active is None else active or None,
    )
