"""`garrison ciphers test`: how well a network reads keys that training never saw."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.options import DrawSeed, ResultsFile
from garrison.cli.tables import print_table
from garrison.errors import UsageError

if TYPE_CHECKING:
    from garrison.ciphers.networks.figures import Figures

LENGTHS = (52, 104, 200)


def measure(
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Test on the arrays for testing in this folder; else keys are drawn.", show_default=False
        ),
    ] = None,
    network: Annotated[
        Path | None,
        typer.Option(help="The folder of a network; default: the one that comes along.", show_default=False),
    ] = None,
    count: Annotated[int, typer.Option(help="Keys to draw.", min=2)] = 1000,
    length: Annotated[
        list[int] | None,
        typer.Option(help="Letters of messages, where keys are drawn; repeatable. Default: 52, 104, 200."),
    ] = None,
    overlaps: Annotated[
        str | None,
        typer.Option(help="Bars with two lugs of the keys that are drawn: a number, or from and to."),
    ] = None,
    control: Annotated[
        bool,
        typer.Option("--control", help="Take AES-128's key stream: whoever tells a pin from it is mistaken."),
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, or cuda where there is a GPU.")] = "cpu",
    seed: DrawSeed = 0,
    out: ResultsFile = None,
    report: Annotated[
        Path | None, typer.Option(help="The page to make: table, histogram, heat maps.", show_default=False)
    ] = None,
) -> None:
    """Say how well pins and lugs are read: by wheel, by class of key, by length, with 95 % intervals.

    Keys that are drawn come from the stream of testing, which no training reads.
    """
    from garrison.ciphers.m209.random_keys import MANUAL
    from garrison.ciphers.m209.rules import KeyRules
    from garrison.ciphers.networks.fresh_test_keys import fresh_test_keys
    from garrison.ciphers.networks.reading import check_length
    from garrison.ciphers.networks.saved_network import open_network
    from garrison.ciphers.stages import open_arrays
    from garrison.ciphers.stages.testing import batches_of, judge_network
    from garrison.cli.ciphers_options import range_of
    from garrison.files import write_json

    if folder is not None and (control or length or overlaps):
        raise UsageError(
            "arrays have their lengths and keys already",
            where="--folder",
            expected="no --length, --overlaps or --control beside it",
        )
    if out is not None and report is not None and out.resolve() == report.resolve():
        raise UsageError("the results and the page have one name", where=str(out), expected="two files")
    for place in (out, report):
        if place is not None and place.is_dir():
            raise UsageError("this is a folder", where=str(place), expected="the name of a file")
    opened = open_network(network)
    if folder is not None:
        arrays = open_arrays(folder, "test")
        control = bool(arrays.manifest.made_from.get("control"))
        batches = batches_of(arrays)
    else:
        lengths = tuple(dict.fromkeys(length or LENGTHS))
        for each in lengths:
            check_length(opened, each)
        rules = MANUAL if overlaps is None else KeyRules(overlaps=range_of(overlaps, "overlaps"))
        batches = fresh_test_keys(count, lengths=lengths, rules=rules, control=control, seed=seed)
    judged = judge_network(opened, batches, device=device)
    _print(judged.by_length)
    for figures in judged.by_length:
        if figures.at_chance:
            typer.echo(f"flag:    {figures.length} letters: no better than chance")
    if out is not None:
        write_json(out, judged.to_dict())
        typer.echo(f"results: {out}")
    if report is not None:
        from garrison.pipelines.ciphering.page import network_page

        facts = {
            "keys": f"{judged.by_length[0].keys:,}",
            "key stream": "AES-128 (control)" if control else "M-209",
        }
        network_page(judged.by_length, report, facts=facts, command=str(opened.facts.get("command", "")))
        typer.echo(f"report:  {report}")


def _print(by_length: "tuple[Figures, ...]") -> None:
    from garrison.pipelines.ciphering.page import shown

    print_table(
        [
            "letters",
            "keys",
            "pins right",
            *(f"wheel {wheel}" for wheel in range(1, 7)),
            "lugs off by",
            "pairs off by",
        ],
        [
            [
                str(each.length),
                f"{each.keys:,}",
                shown(each.accuracy),
                *(f"{wheel.value:.2%}" for wheel in each.wheels),
                shown(each.lug_error, share=False),
                shown(each.pair_error, share=False),
            ]
            for each in by_length
        ],
    )
