"""`garrison datasets`: the public data sets, where they are and what to beware of."""

from typing import Annotated

import typer

from garrison.cli.group import group
from garrison.cli.tables import print_table

app = group("Public data sets: list, fetch, verify.")

Name = Annotated[str, typer.Argument(help="The data set's name, as `garrison datasets list` prints it.")]


@app.command("list")
def list_datasets() -> None:
    """List the data sets, and where each was found."""
    from garrison.data.catalogue import datasets, locate

    print_table(
        ["name", "rows", "where"],
        [
            [name, f"{entry.rows:,}", str(locate(name) or f"not here; garrison datasets fetch {name}")]
            for name, entry in sorted(datasets().items())
        ],
    )


@app.command()
def show(name: Name) -> None:
    """Print a data set's citation, files and known traps."""
    from garrison.data.catalogue import dataset

    entry = dataset(name)
    typer.echo(f"{entry.name}: {entry.title}\n\n{entry.citation}\nLicence: {entry.licence}\n")
    for file in entry.files:
        typer.echo(f"file {file.name}  {file.bytes:,} bytes  sha256 {file.sha256}")
    for trap in entry.traps:
        typer.echo(f"trap: {trap}")


@app.command()
def fetch(name: Name) -> None:
    """Find the data set on this machine, or download it; its digest is checked before use."""
    from garrison.data.catalogue import fetch as fetch_dataset

    typer.echo(fetch_dataset(name))


@app.command()
def verify(name: Name) -> None:
    """Check the digests of a data set that is here."""
    from garrison.data.catalogue import verify as verify_dataset

    verify_dataset(name)
    typer.echo(f"{name}: every digest matches")
