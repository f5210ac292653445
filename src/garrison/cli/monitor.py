"""`garrison monitor`: is a live detector still looking at what it was trained for, and is it still right?"""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from garrison.cli.group import group
from garrison.cli.options import Collection, Config, Overrides, Workspace, as_overrides
from garrison.cli.tables import print_table

if TYPE_CHECKING:
    from garrison.monitoring import Performance
    from garrison.monitoring.alerts import MonitoringSettings, Observation
    from garrison.pipelines.watching.drift import DriftCheck
    from garrison.pipelines.watching.performance import PerformanceCheck

app = group("Watch a live detector: drift, performance, alerts.")
HERE = Path()

Model = Annotated[
    str, typer.Argument(help="A folder, NAME, NAME@VERSION, or production/NAME of the workspace's models.")
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: 2026-03-01T12:00:00Z, or 24h, 7d ago.")
]


@app.command()
def drift(
    model: Model,
    data: Annotated[
        str,
        typer.Option(
            help="A file, a folder, a data set, simulated:N, or a store (events, or scored events)."
        ),
    ],
    collection: Collection = None,
    since: Since = None,
    out: Annotated[
        Path | None, typer.Option(help="A page (.html) or JSON (any other name) of all that was found.")
    ] = None,
    config: Config = None,
    alpha: Annotated[
        float | None, typer.Option(help="The chance of any false alarm of a check (setting: drift.alpha).")
    ] = None,
    correction: Annotated[
        str | None,
        typer.Option(help="holm, bonferroni, benjamini-hochberg or none (setting: drift.correction)."),
    ] = None,
    least: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATISTIC=VALUE", help="From where on a change matters, e.g. psi=0.2; may be repeated."
        ),
    ] = None,
    overrides: Overrides = None,
    fail_on_drift: Annotated[
        bool, typer.Option("--fail-on-drift", help="Exit code 3 where there is drift.", show_default=False)
    ] = False,
    workspace: Workspace = HERE,
) -> None:
    """Hold events against what a detector was trained on: every column, missing and new values, and its scores."""
    from garrison.errors import CheckFailed
    from garrison.monitoring import parse_since
    from garrison.pipelines.watching.drift import check_drift
    from garrison.pipelines.watching.settings import monitoring_settings

    given = as_overrides({"drift.alpha": alpha, "drift.correction": correction}, overrides)
    settings = monitoring_settings(
        config, overrides=[*given, *(f"drift.least.{each}" for each in least or ())]
    )
    check = check_drift(
        model,
        data,
        collection=collection,
        since=None if since is None else parse_since(since),
        rule=settings.drift.rule(),
        workspace=workspace,
        jobs=min(os.cpu_count() or 1, 4),
    )
    _print_drift(check, out)
    _tell(check.observation(), settings, workspace)
    if fail_on_drift and check.drift.drifted:
        raise CheckFailed(
            check.drift.verdict,
            where=data,
            expected="what the detector was trained on",
            remedy="look at the columns: a broken sensor is mended, a changed world is learnt from new data",
        )


@app.command()
def reference(
    model: Model,
    data: Annotated[
        str, typer.Option(help="The rows that it was trained on: a file, a data set, or a store.")
    ],
    collection: Collection = None,
    held_out: Annotated[
        str | None,
        typer.Option(
            help="Labelled rows that it was not trained on, for its scores and how often they are right."
        ),
    ] = None,
    workspace: Workspace = HERE,
) -> None:
    """Make the reference statistics of a detector that was saved without them; new ones have them already."""
    from garrison.pipelines.watching.reference import make_reference

    made = make_reference(model, data, collection=collection, held_out=held_out, workspace=workspace)
    typer.echo(f"rows:      {made.reference.rows:,} in {len(made.reference.columns)} columns")
    typer.echo(f"refused:   {made.refused:,}")
    scores = made.reference.scores
    typer.echo(
        f"scores:    of {scores.numbers.rows:,} held-out rows"
        if scores
        else "scores:    none (see --held-out)"
    )
    typer.echo(f"reference: {made.path}")


@app.command()
def performance(
    model: Model,
    log: Annotated[
        str, typer.Option(help="The store that scored events are logged to: duckdb:///…, mongodb://…")
    ],
    collection: Collection = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="A file with the columns event_id and the label: the truth, as far as it came."),
    ] = None,
    since: Since = None,
    out: Annotated[
        Path | None, typer.Option(help="A page (.html) or JSON (any other name) of all that was found.")
    ] = None,
    config: Config = None,
    overrides: Overrides = None,
    workspace: Workspace = HERE,
) -> None:
    """How fast a live detector is, how often it fails, and how good its verdicts are: estimated, and true."""
    from garrison.monitoring import parse_since
    from garrison.pipelines.watching.performance import check_performance
    from garrison.pipelines.watching.settings import monitoring_settings

    settings = monitoring_settings(config, overrides=overrides or ())
    check = check_performance(
        model,
        log,
        collection=collection,
        labels=labels,
        since=None if since is None else parse_since(since),
        workspace=workspace,
    )
    _print_performance(check, out)
    _tell(check.observation(), settings, workspace)


@app.command()
def record(
    model: Model,
    data: Annotated[
        str, typer.Option(help="The events: a file, a folder, a data set, simulated:N, or a store.")
    ],
    log: Annotated[str, typer.Option(help="The store to log to: duckdb:///…, mongodb://…")],
    collection: Collection = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id", help="The column that names an event; default: the file's name and a number."),
    ] = None,
    sample: Annotated[
        float, typer.Option(help="The share of the events to keep, chosen by a hash of their ids.")
    ] = 1.0,
    since: Since = None,
    workspace: Workspace = HERE,
) -> None:
    """Score events and log them, as the service does with those it scores."""
    from garrison.monitoring import parse_since
    from garrison.pipelines.watching.record import record_events

    found = record_events(
        model,
        data,
        log,
        collection=collection,
        id_column=id_column,
        sample=sample,
        since=None if since is None else parse_since(since),
        workspace=workspace,
    )
    typer.echo(f"scored:   {found.scored:,} events, {found.flagged:,} of them flagged")
    typer.echo(f"logged:   {found.written:,}")
    if found.refused:
        typer.echo(f"refused:  {found.refused:,} rows; they and the reasons: {found.refused_path}")


def _tell(observation: "Observation", settings: "MonitoringSettings", workspace: Path) -> None:
    """Tell the sinks of the settings; one that cannot be reached is an error, and told with the next check."""
    from garrison.errors import GarrisonError
    from garrison.monitoring.alerts import Alerter

    if not settings.alerts.sinks:
        return
    told = Alerter(settings.alerts, workspace=workspace).tell(observation)
    for finding in told.findings:
        typer.echo(f"alert:    [{finding.rule}] {finding.text}")
    for sink, count in told.sent.items():
        typer.echo(f"told:     {sink}, of {count:,} cause(s)")
    if told.failed:
        raise GarrisonError(
            "; ".join(f"{sink} was not told: {why}" for sink, why in told.failed.items()),
            where="alerts",
            remedy="mend the sink: the next check tells it what it missed",
        )


def _print_drift(check: "DriftCheck", out: Path | None) -> None:
    found = check.drift
    shown = found.drifted or found.columns[:1]
    typer.echo(f"{check.model.title}: {found.rows:,} rows against {found.reference_rows:,} of the training")
    print_table(
        ["column", "moved", "p", "change", "missing then", "missing now"],
        [
            [
                each.name,
                "yes" if each.drifted else "no",
                f"{each.p:.2g}",
                each.why or ", ".join(f"{effect.statistic} {effect.value:.3g}" for effect in each.effects),
                f"{each.missing_reference:.1%}",
                f"{each.missing_current:.1%}",
            ]
            for each in shown
        ],
    )
    if found.flagged is not None:
        typer.echo(
            f"flagged:  {found.flagged[1]:.2%} of the rows; {found.flagged[0]:.2%} of those held out in training"
        )
    if check.refused:
        typer.echo(f"refused:  {check.refused:,} rows; they and the reasons: {check.refused_path}")
    for each in found.columns:
        if each.new and each.effect("new_values") > 0:
            named = ", ".join(f"{value[:40]!r} ({rows:,})" for value, rows in each.new[:5])
            typer.echo(f"new:      values of {each.name} that training did not name: {named}")
    for name in found.absent:
        typer.echo(f"absent:   {name}")
    for caveat in found.caveats:
        typer.echo(f"caveat:   {caveat}")
    typer.echo(f"verdict:  {found.verdict}")
    if out is not None:
        typer.echo(f"report:   {check.write(out)}")


def _print_performance(check: "PerformanceCheck", out: Path | None) -> None:
    found = check.performance
    measures = found.measures
    typer.echo(
        f"{check.model.title}: {str(found.first)[:19]} to {str(found.last)[:19]}, {found.rows:,} rows of the log"
    )
    print_table(
        ["measure", "value"],
        [
            ["events", f"{measures['events']:,.0f}"],
            ["events a second", f"{measures['events_per_second']:,.3g}"],
            ["errors", f"{measures['error_share']:.3%}"],
            ["flagged", f"{measures['flagged_share']:.3%}"],
            *(
                [name.removesuffix("_ms").replace("_", " "), f"{measures[name]:,.2f} ms"]
                for name in measures
                if name.startswith("latency_")
            ),
        ],
    )
    if found.estimated or found.true:
        print_table(
            ["metric", "estimated", "true", "error of the estimate"],
            [
                [
                    name.replace("_", " "),
                    _range(found, name),
                    _number(found.true.get(name, math.nan)),
                    _number(found.error_of_estimate(name), signed=True),
                ]
                for name in (found.estimated or found.true)
            ],
        )
    typer.echo(f"labels:   {measures['labelled']:,.0f} rows have a label")
    if check.refused:
        typer.echo(f"refused:  {check.refused:,} labels; they and the reasons: {check.refused_path}")
    for caveat in check.caveats:
        typer.echo(f"caveat:   {caveat}")
    if out is not None:
        typer.echo(f"report:   {check.write(out)}")


def _range(found: "Performance", name: str) -> str:
    if name not in found.estimated:
        return "–"
    each = found.estimated[name]
    return _number(each.value) if math.isnan(each.low) else str(each)


def _number(value: float, *, signed: bool = False) -> str:
    return "–" if math.isnan(value) else f"{value:{'+' if signed else ''}.3f}"
