"""The whole scorecard of one model: part after part, what is finished being kept until all of it is."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from garrison.assurance import render_report
from garrison.assurance.figure_names import EVASION, LEAKAGE
from garrison.assurance.scorecard import PART_NAMES, Part, Scorecard, scorecard_report
from garrison.errors import GarrisonError, UsageError
from garrison.pipelines.finished_parts import FinishedParts
from garrison.pipelines.judging.asked import Asked
from garrison.pipelines.judging.parts import PARTS
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.privacy.sides import sides_of_run
from garrison.pipelines.watching.model import REGISTRY, WatchedModel, open_model
from garrison.progress import progress, say
from garrison.registry import LocalRegistry
from garrison.registry.scorecards import keep_scorecard
from garrison.run.fingerprint import table_fingerprint
from garrison.run.redaction import redact

REFUSED = Path("scorecards") / "refused.jsonl"
JSON_NAME, PAGE_NAME, KEPT_NAME = "scorecard.json", "scorecard.html", "unfinished"


@dataclass(frozen=True)
class Judged:
    """A scorecard and its ``page``; ``kept`` with its version in the registry, ``resumed`` parts finished before."""

    card: Scorecard
    page: Path
    kept: bool
    resumed: tuple[str, ...]


def judge_model(
    model: str,
    data: str | None = None,
    *,
    workspace: Path,
    asked: Asked,
    out: Path | None = None,
    collection: str | None = None,
    keep: bool | None = None,
) -> Judged:
    """The scorecard of ``model`` on the labelled events ``data``, as a page and as JSON in the folder ``out``.

    Without ``data`` they are the test part of the run that trained it, where the workspace still has that run.

    With ``keep`` that of a version in the workspace's registry is kept there too, for promotions; None: where it was
    measured on that test part. A command that was broken off goes on where it was, when it is given again with the same
    ``out``. Raises what reading raises, and ``SchemaError`` where the data and the model's schema disagree or have one
    class.
    """
    watched = open_model(model, workspace=workspace)
    out = out or workspace / "scorecards" / _folder_name(watched)
    if data is None:
        table, refused, told = *_of_its_run(watched, workspace), "the test part of its run"
    else:
        table, refused = labelled_events(
            watched, data, collection=collection, workspace=workspace, refused=REFUSED
        )
        told = redact(data)
    card, resumed = judge_events(
        watched,
        table,
        data=told,
        refused=refused,
        workspace=workspace,
        asked=asked,
        kept=out / KEPT_NAME,
        own_test=data is None,
    )
    card.write(out / JSON_NAME)
    render_report(scorecard_report(card), out / PAGE_NAME)
    forget_parts(out / KEPT_NAME)
    wanted = data is None if keep is None else keep
    kept = wanted and keep_scorecard(LocalRegistry(workspace / REGISTRY), card) is not None
    return Judged(card, out / PAGE_NAME, kept, resumed)


def judge_events(
    watched: WatchedModel,
    table: pa.Table,
    *,
    data: str,
    refused: int = 0,
    workspace: Path,
    asked: Asked,
    kept: Path | None = None,
    own_test: bool = False,
) -> tuple[Scorecard, tuple[str, ...]]:
    """The scorecard of a loaded model on validated events, and the parts that had been finished before.

    What is finished is kept in the folder ``kept``, if one is given.
    """
    question = _question(watched, table, asked)
    finished = FinishedParts(kept)
    parts: list[Part] = []
    resumed: list[str] = []
    subject = Subject(
        watched=watched,
        table=table,
        data=data,
        asked=tuple(gate.name for gate in asked.gates),
        rows=asked.rows,
        seed=asked.seed,
        seconds=asked.seconds,
        workspace=workspace,
        kept=kept,
        alone=len({EVASION, LEAKAGE} & {*asked.measured}) == 1,
        jobs=asked.jobs,
    )
    malicious = int(subject.y.sum())
    with progress("scorecard", total=len(asked.measured)) as advance:
        for name in asked.measured:
            before = finished.find(f"part-{name}", question)
            if before is None:
                part = _measured(name, subject)
                finished.keep(f"part-{name}", question, part.model_dump(mode="json"))
            else:
                part = Part.model_validate(before)
                resumed.append(name)
            parts.append(part)
            advance(1)
    detector = watched.detector
    card = Scorecard(
        model=watched.title,
        name=watched.name,
        version=watched.version,
        digest=watched.digest,
        family=detector.family,
        threshold=detector.threshold.value,
        threshold_rule=detector.threshold.rule,
        data=data,
        rows=table.num_rows,
        malicious=malicious,
        refused=refused,
        own_test=own_test,
        seed=asked.seed,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=tuple(parts),
    ).judge(asked.gates)
    return card, tuple(resumed)


def _of_its_run(watched: WatchedModel, workspace: Path) -> tuple[pa.Table, int]:
    """The rows that the run of the model kept for its test; ``UsageError`` where there is no such run here."""
    sides = sides_of_run(watched, workspace=workspace)
    if sides is None:
        raise UsageError(
            f"the run that trained {watched.title} is not in this workspace, so its test part is not known",
            where=str(workspace / "runs"),
            expected="--data with labelled events that the model has not learnt from",
            remedy="name them, or the workspace of the run with --workspace",
        )
    return sides.table.filter(pa.array(~sides.learnt)), sides.refused


def _folder_name(watched: WatchedModel) -> str:
    return f"{watched.name}-{watched.digest[:8] if watched.version is None else watched.version}"


def _measured(name: str, subject: Subject) -> Part:
    started = time.monotonic()
    say(f"measuring {name.replace('_', ' ')}")
    try:
        part = PARTS[name](subject)
    except GarrisonError as error:
        why = f"{error.what}; {error.remedy}" if error.remedy else error.what
        part = Part(name=name, title=name.replace("_", " ").capitalize(), protocol="", not_measured=why)
    return part.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


def _question(watched: WatchedModel, table: pa.Table, asked: Asked) -> dict[str, Any]:
    """What a finished part must have been measured of to be taken over."""
    return {
        "model": watched.digest,
        "events": table_fingerprint(table),
        "gates": sorted(gate.name for gate in asked.gates),
        "rows": asked.rows,
        "seed": asked.seed,
        "seconds": asked.seconds,
    }


def forget_parts(kept: Path) -> None:
    """Remove what was kept, and nothing else: the whole is written."""
    for folder in (*(kept / name for name in PART_NAMES), kept):
        FinishedParts(folder).forget()
