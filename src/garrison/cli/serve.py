"""`garrison serve`: answer requests with trained detectors; and the keys of those who may ask."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.group import group
from garrison.cli.options import Config, Overrides, Workspace, as_overrides
from garrison.cli.tables import print_table

HERE = Path()

app = group("Serve detectors over HTTP.", invoke_without_command=True, no_args_is_help=False)
keys = group("Keys of the service: new, list, revoke.")
app.add_typer(keys, name="keys")

KeysFile = Annotated[
    Path | None,
    typer.Option("--keys", help="The file of keys; default: keys/api_keys.json in the workspace."),
]


@app.callback()
def serve(
    context: typer.Context,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="production/NAME, NAME@VERSION or a folder; may be repeated."),
    ] = None,
    encrypted: Annotated[
        Path | None,
        typer.Option(help="A prepared model's server part, to score encrypted rows (serving.encrypted)."),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen at (setting: serving.host).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="The port; 0: any that is free (setting: serving.port).")
    ] = None,
    config: Config = None,
    overrides: Overrides = None,
    keys_file: KeysFile = None,
    open_to_all: Annotated[
        bool, typer.Option("--open", help="Answer without keys at any address.", show_default=False)
    ] = False,
    require_signature: Annotated[
        bool,
        typer.Option("--require-signature", help="Serve only models that are signed.", show_default=False),
    ] = False,
    trusted_key: Annotated[
        list[Path] | None, typer.Option(help="A public key that is trusted; may be repeated.")
    ] = None,
    quarantine: Annotated[
        Path | None, typer.Option(help="Keep refused events in this file (setting: serving.quarantine).")
    ] = None,
    log: Annotated[
        str | None, typer.Option(help="Log scored events to this store (setting: serving.log).")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Events that explanations compare with (setting: serving.reference).")
    ] = None,
    workspace: Workspace = HERE,
) -> None:
    """Answer requests until told to stop: POST /v1/score and more; GET /docs has it all."""
    if context.invoked_subcommand is not None:
        return
    from garrison.serving.http.settings import serving_settings

    given = as_overrides(
        {
            "serving.encrypted": _text(encrypted),
            "serving.host": host,
            "serving.port": port,
            "serving.keys": _text(keys_file),
            "serving.quarantine": _text(quarantine),
            "serving.log": log,
            "serving.reference": _text(reference),
        },
        overrides,
    )
    given += [f"serving.open={str(open_to_all).lower()}"] if open_to_all else []
    given += ["serving.require_signature=true"] if require_signature or trusted_key else []
    given += _list("serving.models", model) + _list("serving.trusted_keys", trusted_key)
    settings = serving_settings(config, overrides=given)

    from garrison.serving.http.server import serve as run
    from garrison.serving.http.service import Service

    service = Service(settings, workspace=workspace)
    for name, served in service.models.all.items():
        typer.echo(f"model:    {name} {served.version or served.digest[:16]} ({served.found})")
    if service.encrypted is not None:
        typer.echo(f"model:    {service.encrypted.terms.model[:16]}, for encrypted rows")
    typer.echo(f"keys:     {_who(service.callers.keys)}")
    site = None
    if settings.pages and service.models.all:
        from garrison.web import make_site

        site = make_site(service)

    def say(url: str) -> None:
        typer.echo(f"serving:  {url}  (what there is: {url}/docs)")
        if site is not None:
            typer.echo(f"pages:    {url}/")

    run(service, site=site, ready=say)


@keys.command("new")
def new(
    scope: Annotated[
        list[str], typer.Option(help="What it may do: score, explain, metrics or admin; may be repeated.")
    ],
    name: Annotated[str, typer.Option(help="Whose key it is.")] = "",
    rate: Annotated[float | None, typer.Option(help="Requests a second that it may ask.", min=0.001)] = None,
    file: KeysFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Make a key and show it, once; what is kept of it is a salted hash."""
    from garrison.serving.http.keys import add_key, new_key

    made, text = new_key(scope, name=name, rate=rate)
    path = _place(file, workspace)
    add_key(path, made)
    typer.echo(text)
    typer.echo(
        f"key {made.id} may {', '.join(made.scopes)}; its hash is in {path}; it is not shown again", err=True
    )


@keys.command("list")
def list_keys(file: KeysFile = None, workspace: Workspace = HERE) -> None:
    """List the keys: their names and scopes, and nothing that opens anything."""
    from garrison.serving.http.keys import read_keys

    ring = read_keys(_place(file, workspace), named=file is not None)
    typer.echo(f"keys of {ring.origin}" if ring else "there are no keys", err=True)
    print_table(
        ["id", "name", "scopes", "rate", "made"],
        [
            [key.id, key.name, ", ".join(key.scopes), f"{key.rate:g}" if key.rate else "–", key.made]
            for key in (ring.keys if ring else ())
        ],
    )


@keys.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `garrison serve keys list` prints it.")],
    file: KeysFile = None,
    workspace: Workspace = HERE,
) -> None:
    """Remove a key; a service that is running sees it within seconds, or at once when it reloads."""
    from garrison.serving.http.keys import remove_key

    removed = remove_key(_place(file, workspace), key)
    typer.echo(f"revoked: {removed.id} {removed.name}")


def _place(file: Path | None, workspace: Path) -> Path:
    from garrison.serving.http.keys import PLACE

    return file or workspace / PLACE


def _who(ring: object) -> str:
    from garrison.serving.http.keys import Keyring

    if isinstance(ring, Keyring):
        return f"{len(ring.keys)}, of {ring.origin}"
    return "off: whoever reaches the service may ask it (garrison serve keys new --scope score)"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _list(name: str, values: list[str] | list[Path] | None) -> list[str]:
    import json

    return [f"{name}={json.dumps([str(value) for value in values])}"] if values else []
