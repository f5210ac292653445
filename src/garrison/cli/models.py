"""`garrison models`: which models there are, what is known of one, how two differ, and fetching one from elsewhere."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from garrison.cli.group import group
from garrison.cli.options import Model, Registry, Workspace, registry_root
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.registry import Version
    from garrison.registry.description import Description

app = group("Models and their versions: list, show, diff, fetch.")

HERE = Path()
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.", show_default=False)]


@app.command("list")
def list_all(
    name: Annotated[str | None, typer.Argument(help="Only this model.")] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """List every version, the newest first; the one that a stage uses now is marked."""
    from garrison.registry import STAGES, LocalRegistry

    models = LocalRegistry(registry_root(registry, workspace))
    rows = []
    for each in sorted({known for stage in STAGES for known in models.names(stage)}):
        if name is not None and each != name:
            continue
        for stage in reversed(STAGES):
            current = models.current(each, stage)
            for version in reversed(models.versions(each, stage)):
                rows.append(_row(version, current is not None and current.version == version.version))
    print_table(["model", "stage", "now", "made", "AUC", "signed", "verdict"], rows)


def _row(version: "Version", is_current: bool) -> list[str]:
    """The version's line; a damaged record does not spoil the list."""
    from garrison.detection.integrity import SIGNATURE
    from garrison.errors import RegistryError

    try:
        record = version.record
    except RegistryError:
        mark = "●" if is_current else ""
        return [f"{version.name}@{version.version}", version.stage, mark, "–", "–", "–", "record is damaged"]
    auc = record.metrics.get("auc")
    return [
        f"{version.name}@{version.version}",
        version.stage,
        "●" if is_current else "",
        record.when[:16].replace("T", " "),
        "–" if auc is None else f"{auc:.4f}",
        "yes" if (version.detector / SIGNATURE).is_file() else "no",
        (record.reason or "").partition(":")[0],
    ]


@app.command()
def show(
    model: Model, as_json: AsJson = False, registry: Registry = None, workspace: Workspace = HERE
) -> None:
    """Print what is known of a model: where it comes from, its figures, its gates, its history."""
    from garrison.registry import LocalRegistry, resolve_model
    from garrison.registry.description import describe

    root = registry_root(registry, workspace)
    found = resolve_model(model, root=root)
    known = describe(found)
    moves = LocalRegistry(root).history(found.name) if found.stage else ()
    if as_json:
        typer.echo(json.dumps({**_facts(known), "history": [move.model_dump() for move in moves]}, indent=2))
        return
    for name, value in _lines(known):
        typer.echo(f"{name + ':':<13} {value}")
    print_table(
        ["metric", "on the test part"], [[name, f"{value:.6g}"] for name, value in known.measures.items()]
    )
    if known.judgement and known.judgement.gates:
        print_table(
            ["gate", "bound", "value", "kept"],
            [
                [
                    gate.name,
                    gate.bound,
                    "–" if gate.value is None else f"{gate.value:.4f}",
                    "yes" if gate.passed else "no",
                ]
                for gate in known.judgement.gates
            ],
        )
    if moves:
        print_table(
            ["when", "what", "version", "reason", "overruled"],
            [
                [move.when, move.action, str(move.version), move.reason or "", "; ".join(move.overruled)]
                for move in moves
            ],
            title="production",
        )


def _lines(known: "Description") -> list[tuple[str, str]]:
    record = known.record
    return [
        ("model", known.model),
        ("folder", str(known.folder)),
        ("family", known.family),
        *(
            [("threshold", f"{known.threshold} ({known.threshold_rule})")]
            if known.threshold is not None
            else []
        ),
        *(
            [("features", f"{len(known.features)}: {', '.join(list(known.features)[:8])}")]
            if known.features
            else []
        ),
        *(
            [("trained on", f"rows with the fingerprint {known.data_fingerprint[:16]}")]
            if known.data_fingerprint
            else []
        ),
        ("made", f"{record.when} by run {record.run or '–'}" if record else "not in a registry"),
        (
            "verdict",
            known.judgement.verdict() if known.judgement else (record.reason or "–") if record else "–",
        ),
        ("caveats", str(len(known.caveats))),
        ("signed by", ", ".join(key[:16] for key in known.signed_by) or "nobody"),
    ]


def _facts(known: "Description") -> dict[str, Any]:
    from garrison.run.redaction import redact_value

    facts = {
        name: value for name, value in vars(known).items() if name not in {"folder", "record", "judgement"}
    }
    return {
        **facts,
        "folder": str(known.folder),
        "record": known.record.model_dump(mode="json", exclude={"facts"}) if known.record else None,
        "judgement": known.judgement.model_dump(mode="json") if known.judgement else None,
        "settings": redact_value(known.settings),
    }


@app.command()
def diff(
    first: Model,
    second: Model,
    every: Annotated[bool, typer.Option("--all", help="Also what is the same.", show_default=False)] = False,
    as_json: AsJson = False,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Print two models side by side where they differ: settings, features, data, metrics and threshold."""
    from garrison.registry import resolve_model
    from garrison.registry.description import describe
    from garrison.registry.difference import compare

    root = registry_root(registry, workspace)
    one, other = (describe(resolve_model(each, root=root)) for each in (first, second))
    rows = [row for row in compare(one, other) if every or row.differs]
    if as_json:
        typer.echo(json.dumps([vars(row) for row in rows], indent=2))
        return
    if not rows:
        typer.echo(f"{one.model} and {other.model} do not differ in anything that is written down")
        return
    print_table(
        ["", "what", one.model, other.model, "change"],
        [
            [row.section, row.name, _text(row.first), _text(row.second), _change(row.first, row.second)]
            for row in rows
        ],
    )


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _change(first: Any, second: Any) -> str:
    """The difference of two numbers, or which of two lacks it."""
    if first is None or second is None:
        return "new" if first is None else "gone"
    if isinstance(first, int | float) and isinstance(second, int | float) and not isinstance(first, bool):
        return f"{second - first:+.6g}"
    return ""


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="The model's name there.")],
    source: Annotated[str, typer.Option("--from", help="Where: as in `garrison push --to`.")],
    into: Annotated[Path, typer.Option(help="The folder it is put into; it must not exist yet.")],
    version: Annotated[int | None, typer.Option(help="Which version; default: the latest.")] = None,
) -> None:
    """Bring a model from elsewhere into a folder, every byte of it verified."""
    from garrison.registry import fetch_from

    typer.echo(f"fetched: {fetch_from(source, into, name=name, version=version)}")
