"""`garrison stream`: events as they come, to verdicts."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from garrison.cli.options import Model, Registry, Workspace, registry_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from garrison.data.pseudonyms import Pseudonyms
    from garrison.detection import Detector
    from garrison.monitoring.scored import ScoredRows

HERE = Path()


def stream(
    model: Model,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="A file that grows, - for standard input, redis://HOST/0?stream=NAME&group=…,"
            " or kafka://HOST:9092/TOPIC?group=….",
        ),
    ],
    sink: Annotated[
        str,
        typer.Option(
            "--to",
            help="A JSON Lines file, - for standard output, redis://HOST/0?stream=NAME, or kafka://HOST:9092/TOPIC.",
        ),
    ],
    alerts_only: Annotated[
        bool, typer.Option("--alerts-only", help="Write only the verdicts of events that are flagged.")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(help="jsonl, csv or zeek; default: by the file's name, jsonl where there is none."),
    ] = None,
    event: Annotated[
        Literal["none", "context", "all"],
        typer.Option(
            help="Which columns of the event stand in its verdict: those no model looks at, all, or none."
        ),
    ] = "context",
    batch_rows: Annotated[
        int, typer.Option(help="Score as soon as so many lines are there.", min=1)
    ] = 10_000,
    max_wait_ms: Annotated[
        int, typer.Option(help="… or so many milliseconds after the first of them.", min=0)
    ] = 200,
    checkpoint_s: Annotated[
        float, typer.Option(help="Seconds between two checkpoints: what a kill may have scored again.", min=0)
    ] = 1.0,
    summary_s: Annotated[float, typer.Option(help="Seconds between two lines of summary.", min=0.1)] = 30.0,
    give_up_after_s: Annotated[
        float | None,
        typer.Option(help="End with an error after so many seconds without the source or the sink.", min=0),
    ] = None,
    until_end: Annotated[
        bool,
        typer.Option("--until-end", help="End where nothing more is there, instead of waiting for more."),
    ] = False,
    from_end: Annotated[
        bool, typer.Option("--from-end", help="The first time, leave out what is there already.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="The file that keeps how far it got; default: one in streams/ of the workspace."),
    ] = None,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Where refused lines go; default: the state's name and .refused.jsonl."),
    ] = None,
    log: Annotated[
        str | None,
        typer.Option(
            help="A store (duckdb:///…, mongodb://…) that keeps what is scored, for garrison monitor."
        ),
    ] = None,
    log_sample: Annotated[
        float, typer.Option(help="The share of the events that the log keeps, above 0.")
    ] = 1.0,
    require_signature: Annotated[
        bool,
        typer.Option("--require-signature", help="Take only a model that is signed.", show_default=False),
    ] = False,
    trusted_key: Annotated[
        list[Path] | None, typer.Option(help="A public key that is trusted; may be repeated.")
    ] = None,
    registry: Registry = None,
    workspace: Workspace = HERE,
) -> None:
    """Score events as they come. Killed at any moment and started again, it goes on where it was: no event is lost.

    SIGTERM and Ctrl-C finish what was taken, and end with a report. What a person should know is on standard error.
    """
    from garrison.serving.stream import Pace, run_stream
    from garrison.serving.stream.run import needs_pseudonyms, state_name

    trusted = (trusted_key or []) if require_signature or trusted_key else None
    detector, version = _detector(model, registry_root(registry, workspace), workspace, trusted)
    kept = state or (None if source == "-" else workspace / "streams" / state_name(source, sink))
    refused = quarantine or (
        Path("stdin.refused.jsonl") if kept is None else kept.with_name(kept.name + ".refused.jsonl")
    )
    pseudonyms = None
    if needs_pseudonyms(detector, format, source):
        from garrison.data.pseudonym_key import PLACE, read_key

        key = read_key(workspace / PLACE)
        pseudonyms = key.pseudonyms
        made = "; it was made now: keep it, and keep it secret" if key.made else ""
        _say(f"key for pseudonyms: {key.origin} ({key.pseudonyms.fingerprint}){made}")
    name = f"{detector.name}@{version}" if version else detector.name
    _say(f"scoring with {name}; state: {kept or 'none, as standard input cannot be read again'}")
    with _logging(log, log_sample, detector, pseudonyms) as told:
        summary = run_stream(
            detector,
            source,
            sink,
            say=_say,
            version=version,
            format=format,
            state=kept,
            refused=refused,
            pseudonyms=pseudonyms,
            pace=Pace(
                batch_rows=batch_rows,
                max_wait_s=max_wait_ms / 1_000,
                checkpoint_s=checkpoint_s,
                summary_s=summary_s,
                give_up_after_s=give_up_after_s,
            ),
            alerts_only=alerts_only,
            show=event,
            until_end=until_end,
            from_end=from_end,
            log=told,
        )
    for line in summary.lines():
        _say(line)
    if summary.whole.refused:
        _say(f"refused lines and reasons: {refused}")


def _detector(
    model: str, root: Path, workspace: Path, trusted: list[Path] | None
) -> "tuple[Detector, int | None]":
    """The detector and its version; with ``trusted`` only one that one of these keys, or those here, has signed."""
    from garrison.detection import load_detector
    from garrison.registry import load_signed, resolve_model, trusted_keys

    found = resolve_model(model, root=root)
    if trusted is None:
        return load_detector(found.folder), found.version
    return load_signed(found.folder, trusted_keys(trusted, workspace=workspace)), found.version


@contextlib.contextmanager
def _logging(
    url: str | None, sample: float, detector: "Detector", pseudonyms: "Pseudonyms | None"
) -> "Iterator[Callable[[ScoredRows], object] | None]":
    """What keeps scored events in the store at ``url``; None without one."""
    if url is None:
        yield None
        return
    from garrison.monitoring.scored import BackgroundLog, StoreLog

    store = StoreLog(url, sample=sample, schema=detector.schema, pseudonyms=pseudonyms)
    kept = BackgroundLog(store, on_problem=lambda problem: _say(f"the log: {problem}"))
    try:
        yield kept.append
    finally:
        losses = kept.finish()
        lost = losses.lost_full + losses.lost_failed
        _say(f"told the log of {losses.written:,} events" + (f"; {lost:,} were lost to it" if lost else ""))


def _say(text: str) -> None:
    from garrison.run.redaction import redact

    print(f"garrison stream: {redact(text)}", file=sys.stderr, flush=True)  # noqa: T201
