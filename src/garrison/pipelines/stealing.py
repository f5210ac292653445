"""Stealing a detector as a person asks for it: a model by its name, labelled events by theirs, attacks by theirs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.attacks.labelled import agreeing
from garrison.attacks.stealing import (
    ANSWERS,
    ATTACKS,
    COPIES,
    QUERIES,
    Answers,
    StealingAttack,
    StealingResult,
    Theft,
)
from garrison.attacks.stealing.attack import checked_queries
from garrison.attacks.stealing.flags import flagged
from garrison.data.schema import Schema
from garrison.detection import FAMILIES
from garrison.errors import SchemaError, UsageError
from garrison.files import write_json
from garrison.pipelines.asked_numbers import check_numbers
from garrison.pipelines.finished_parts import FinishedParts
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.out_file import check_out
from garrison.pipelines.watching.model import open_model
from garrison.run.fingerprint import table_fingerprint
from garrison.run.redaction import redact

FORMAT = 1
REFUSED = Path("attacks") / "refused.jsonl"


@dataclass(frozen=True)
class StolenModel:
    """What copies of ``model`` reached; ``refused`` rows were left out, ``resumed`` numbers of queries kept."""

    model: str
    results: tuple[StealingResult, ...]
    refused: int
    resumed: int
    path: Path | None


def steal_model(
    model: str,
    data: str,
    *,
    workspace: Path,
    attacks: Sequence[str] = (),
    queries: Sequence[int] = QUERIES,
    answers: str = "labels",
    families: Sequence[str] = COPIES,
    transfer: int = 0,
    seed: int = 0,
    seconds: float | None = None,
    out: Path | None = None,
    features: Path | None = None,
    collection: str | None = None,
) -> StolenModel:
    """Copy ``model`` by what it answers about events of ``data``, with each of ``attacks`` (none: all that fit).

    A part of the groups of ``data`` stands aside: copies are judged by it. ``answers`` are labels or scores,
    ``families`` what copies are made of, ``seconds`` what each attack may take. ``transfer`` malicious events are
    attacked on each copy, and tried on the detector. With ``out`` the results are written as JSON, and what is finished
    is kept beside it, in OUT.parts, until all of it is.

    Raises ``UsageError`` for an unknown attack or kind of answer, ``SettingsError`` for an unknown family, and what
    reading raises.
    """
    check_numbers(seed=seed, seconds=seconds)
    check_out(out, data, features)
    wanted, kind = _checked(attacks, queries, answers, families, transfer)
    watched = open_model(model, workspace=workspace)
    attacker = watched.detector.schema
    if features is not None:
        attacker = agreeing(Schema.read(features), attacker)
    table, refused = labelled_events(
        watched, data, collection=collection, workspace=workspace, refused=REFUSED
    )
    theft = Theft.of(watched.detector, table, answers=kind, schema=attacker, seed=seed)
    asked = {
        "format": FORMAT,
        "model": watched.digest,
        "events": [
            table_fingerprint(theft.pool.table),
            table_fingerprint(theft.held_out.table),
            hashlib.sha256(theft.held_out.y.tobytes()).hexdigest(),
        ],
        "attacker": attacker.to_dict(),
        "answers": kind,
        "families": list(families),
        "transfer": transfer,
        "seed": seed,
    }
    parts = FinishedParts.beside(out)
    results = []
    for name in list(dict.fromkeys(attacks)) or _fitting(theft):
        attack = ATTACKS[name](seed=seed)
        question = {**asked, "attack": name}
        results.append(_by_queries(attack, theft, wanted, families, transfer, seconds, parts, question))
    if out is not None:
        facts = {
            "format": FORMAT,
            "model": {"name": watched.title, "digest": watched.digest},
            "data": redact(data),
            "refused": refused,
            "attacks": [result.to_dict() for result in results],
        }
        write_json(out, facts)
        if not any(result.cut for result in results):
            parts.forget()
    return StolenModel(watched.title, tuple(results), refused, parts.found, out)


def _checked(
    attacks: Sequence[str],
    queries: Sequence[int],
    answers: str,
    families: Sequence[str],
    transfer: int,
) -> tuple[tuple[int, ...], Answers]:
    """The numbers of queries and the kind of answers; an error for what cannot be done, before anything is read."""
    for name in attacks:
        if name not in ATTACKS:
            raise UsageError(
                f"there is no attack {name!r}", where="--attack", expected="one of " + ", ".join(ATTACKS)
            )
    kind = next((each for each in ANSWERS if each == answers), None)
    if kind is None:
        raise UsageError(
            f"a detector cannot answer {answers!r}",
            where="--answers",
            expected="one of " + ", ".join(ANSWERS),
        )
    for family in families:
        if not FAMILIES[family].supervised or family == "soft_voting":
            raise UsageError(
                f"a copy cannot be a {family}",
                where="--family",
                expected="a family that learns from labels, such as " + ", ".join(COPIES),
            )
    if transfer < 0:
        raise UsageError(f"{transfer} events cannot be attacked", where="--transfer", expected="0 or more")
    return checked_queries(queries), kind


def _fitting(theft: Theft) -> list[str]:
    """The attacks that can be run: where nothing can be changed, those that make no events."""
    try:
        _ = theft.constraints
    except SchemaError:
        return [name for name, attack in ATTACKS.items() if not attack.makes]
    return list(ATTACKS)


def _by_queries(
    attack: StealingAttack,
    theft: Theft,
    queries: Sequence[int],
    families: Sequence[str],
    transfer: int,
    seconds: float | None,
    parts: FinishedParts,
    asked: dict[str, Any],
) -> StealingResult:
    """The attack with one number of queries after the other; those that were finished before are read."""
    named = {f"{attack.name}-{count:09}": count for count in queries}
    found = parts.steps(
        attack.name,
        {name: {**asked, "queries": count} for name, count in named.items()},
        run=lambda name: attack.run(theft, queries=[named[name]], families=families, transfer=transfer),
        read=StealingResult.from_dict,
        seconds=seconds,
    )
    return flagged(StealingResult.join(found, cut=len(found) < len(queries)))
