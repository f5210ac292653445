"""`garrison ciphers train`: one network for all pins and lugs of the M-209."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from garrison.cli.ciphers_options import CIPHERS
from garrison.cli.options import DrawSeed

if TYPE_CHECKING:
    from garrison.ciphers.networks.training import Precision

NetworkFolder = Annotated[
    Path, typer.Option("--network", help="Where the network and its checkpoints are kept.")
]


def train(
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Learn from the arrays for training in this folder; else keys are drawn as it goes.",
            show_default=False,
        ),
    ] = None,
    network: NetworkFolder = CIPHERS / "network",
    length: Annotated[
        list[int] | None,
        typer.Option(
            help="Letters of messages, where keys are drawn; repeatable. Default: 52, 75, 104, 150, 200."
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="The folder of a network to begin with, of the same shape.", show_default=False),
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps of training.", min=1)] = 20_000,
    batch: Annotated[int, typer.Option(help="Keys of a step.", min=1)] = 32,
    rounds: Annotated[
        int, typer.Option(help="Rounds of messages between letters and pins.", min=1, max=100)
    ] = 6,
    width: Annotated[
        int, typer.Option(help="Features of a letter; a pin and a wheel have two thirds.", min=3, max=4096)
    ] = 96,
    rate: Annotated[float, typer.Option(help="The rate of Adam.", min=1e-7, max=1)] = 2e-3,
    every: Annotated[
        int, typer.Option(help="Steps from one validation and checkpoint to the next.", min=1)
    ] = 200,
    patience: Annotated[
        int, typer.Option(help="Stop after so many validations that brought nothing; 0: never.", min=0)
    ] = 0,
    validation: Annotated[int, typer.Option(help="Keys of training set aside, at most.", min=1)] = 512,
    precision: Annotated[
        str, typer.Option(help="float32, or bfloat16: quicker where the processor or GPU has it.")
    ] = "float32",
    device: Annotated[str, typer.Option(help="cpu, or cuda where there is a GPU.")] = "cpu",
    seed: DrawSeed = 0,
) -> None:
    """Train one network that finds pins and lugs from key stream, from 26 letters up.

    What was broken off goes on at its last checkpoint when the same command is given again; with more --steps, a
    finished training goes on too.
    """
    from garrison.ciphers.torch_extra import need_torch

    need_torch()
    from garrison.ciphers.networks.decoder import Shape
    from garrison.ciphers.networks.examples import Examples
    from garrison.ciphers.networks.fresh_keys import LENGTHS, FreshKeys
    from garrison.ciphers.networks.kept_arrays import KeptArrays
    from garrison.ciphers.networks.training import Training
    from garrison.ciphers.stages import open_arrays
    from garrison.ciphers.stages.train import train as train_network

    how = Training(
        shape=Shape.of_width(width, rounds=rounds),
        steps=steps,
        batch=batch,
        last=min(3, rounds),
        rate=rate,
        every=every,
        patience=patience,
        precision=cast("Precision", precision),
        seed=seed,
    )
    examples: Examples
    if folder is None:
        examples = FreshKeys(lengths=tuple(length or LENGTHS), validation=validation, seed=seed)
    else:
        examples = KeptArrays(open_arrays(folder, "train"), most_validation=validation, seed=seed)
    made = train_network(network, examples, how, start=start, device=device, command=_command(), told=_told)
    best = made.best
    typer.echo(
        f"network: {made.folder}, of step {best['step']:,} ({best['keys']:,} keys): {best['accuracy']:.2%} of pins"
    )


def _told(found: Mapping[str, Any]) -> None:
    lengths = ", ".join(f"{length}: {each['accuracy']:.2%}" for length, each in found["by_length"].items())
    typer.echo(
        f"step {found['step']:,}, {found['keys']:,} keys: loss {found['loss']:.4f}; pins right, of keys set aside, "
        f"by letters {lengths}; lugs off by {found['lug_error']:.2f}"
    )


def _command() -> str:
    return " ".join(["garrison", *sys.argv[1:]])
