"""`garrison encrypted prepare`: a detector taken apart into the client's and the server's part."""

from pathlib import Path
from typing import Annotated

import typer

from garrison.cli.options import Model, Workspace

HERE = Path()


def prepare(
    model: Model,
    client: Annotated[Path, typer.Option(help="The folder for whoever has the events.")],
    server: Annotated[Path, typer.Option(help="The folder for whoever scores them.")],
    workspace: Workspace = HERE,
) -> None:
    """Take a detector apart: the client's part has no weight, the server's neither schema nor threshold.

    The detector is of a family of sums and products: encrypted_logistic, encrypted_svm, encrypted_mlp or
    encrypted_distilled. Parameters of the encryption are chosen for it; a model that no safe ones hold is refused here.
    """
    from garrison.pipelines.encrypting import prepare_model

    part, _ = prepare_model(model, client=client, server=server, workspace=workspace)
    terms = part.terms
    parameters = terms.parameters
    typer.echo(f"model:      {terms.model[:16]} ({part.name}, {part.family}, {terms.inputs:,} inputs)")
    typer.echo(
        f"parameters: a ring of degree {parameters.degree:,}, a modulus of {sum(parameters.bits)} bits,"
        f" {parameters.multiplications} multiplication(s): 128 bits of security"
    )
    typer.echo(f"error:      about {terms.error:.1g} on outputs of up to {terms.largest:.3g}")
    if part.training_rows:
        typer.echo(
            f"caution:    the client's part holds {part.training_rows:,} training rows, by which missing values are"
            " filled in; --set transformation.impute=median trains a detector without"
        )
    typer.echo(f"client:     {client}")
    typer.echo(f"server:     {server}")
    typer.echo(f"next:       garrison encrypted keygen {client} --keys keys")
