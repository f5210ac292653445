"""Attacking a detector as a person asks for it: a model by its name, labelled data by theirs, attacks by theirs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from garrison.attacks.evasion import ATTACKS, AttackResult, EvasionAttack, Norm, Targets, fitting
from garrison.attacks.evasion.flags import of_all, of_one
from garrison.data.schema import Schema
from garrison.errors import ModelError, UsageError
from garrison.files import write_json
from garrison.monitoring import Reference
from garrison.monitoring.cells import Numbers
from garrison.pipelines.finished_parts import FinishedParts
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.redaction import redact

FORMAT = 1
SHARD = 50
"""Events that are attacked at a time; a finished shard is kept, and not attacked again."""
REFUSED = Path("attacks") / "refused.jsonl"
NOT_UNASKED = ("exact_trees",)
"""Attacks that are run only where they are named: they take long for any but small models."""


@dataclass(frozen=True)
class Ran:
    """What attacks reached on events of which ``malicious`` are; ``resumed`` shards were finished before."""

    results: tuple[AttackResult, ...]
    malicious: int
    resumed: int


@dataclass(frozen=True)
class Attacked:
    """What attacks reached on ``model``; ``refused`` rows were left out, ``resumed`` shards were there before."""

    model: str
    results: tuple[AttackResult, ...]
    malicious: int
    refused: int
    resumed: int
    path: Path | None


def attack_model(
    model: str,
    data: str,
    *,
    workspace: Path,
    attacks: Sequence[str] = (),
    epsilons: Sequence[float] = (0.5, 1.0, 2.0),
    norm: Norm = "linf",
    rows: int = 200,
    seed: int = 0,
    seconds: float | None = None,
    raw: bool = True,
    out: Path | None = None,
    features: Path | None = None,
    collection: str | None = None,
) -> Attacked:
    """Attack ``rows`` malicious events of ``data`` with each of ``attacks`` (none: all that fit, but the exact one).

    ``model`` is a folder, NAME, NAME@VERSION or STAGE/NAME. ``features`` is a features file that says otherwise than
    the detector's own what an attacker can do. ``seconds`` is what each attack may take. With ``out`` the results are
    written as JSON, and what is finished is kept beside it, in OUT.parts, until they are: an attack that was broken
    off goes on.

    Raises ``UsageError`` for an unknown attack, ``ModelError`` for one that does not fit, and what reading raises.
    """
    watched = open_model(model, workspace=workspace)
    epsilons = tuple(sorted({*epsilons}))
    if not epsilons or epsilons[0] <= 0:
        raise UsageError("a cost is not above 0", where="--epsilon", expected="numbers above 0")
    if seconds is not None and seconds <= 0:
        raise UsageError(f"{seconds} seconds are no budget", where="--seconds", expected="a number above 0")
    made = attacks_on(watched, attacks, norm=norm, epsilon=epsilons[-1], seed=seed)
    table, refused = labelled_events(
        watched, data, collection=collection, workspace=workspace, refused=REFUSED
    )
    parts = FinishedParts.beside(out)
    ran = attack_events(
        watched,
        table,
        made,
        epsilons=epsilons,
        rows=rows,
        seconds=seconds,
        raw=raw,
        schema=None if features is None else Schema.read(features),
        parts=parts.folder,
    )
    if out is not None:
        facts = {
            "format": FORMAT,
            "model": {"name": watched.title, "digest": watched.digest},
            "data": redact(data),
            "malicious": ran.malicious,
            "refused": refused,
            "attacks": [result.to_dict() for result in ran.results],
        }
        write_json(out, facts)
        parts.forget()
    return Attacked(watched.title, ran.results, ran.malicious, refused, ran.resumed, out)


def attacks_on(
    watched: WatchedModel, names: Sequence[str] = (), *, norm: Norm, epsilon: float, seed: int
) -> tuple[EvasionAttack, ...]:
    """The attacks of these names, made for a model (none: all that fit, but the exact one)."""
    return tuple(
        ATTACKS[name](watched.detector, norm=norm, epsilon=epsilon, seed=seed)
        for name in _names(names, watched)
    )


def attack_events(
    watched: WatchedModel,
    table: pa.Table,
    attacks: Sequence[EvasionAttack],
    *,
    epsilons: Sequence[float],
    rows: int,
    seconds: float | None,
    raw: bool,
    schema: Schema | None = None,
    parts: Path | None,
) -> Ran:
    """Run attacks on the labelled events ``table``; finished shards are kept in the folder ``parts``, if one is given.

    ``schema`` says otherwise than the detector's own what an attacker can do. Equal seeds draw the same events.
    """
    first = attacks[0]
    targets = Targets.of(
        watched.detector, table, rows=rows, seed=first.seed, spreads=_spreads(watched), schema=schema
    )
    asked = {
        "format": FORMAT,
        "model": watched.digest,
        "events": hashlib.sha256(targets.rows.Z.tobytes() + targets.numbers.tobytes()).hexdigest(),
        "relations": [one.to_dict() for one in targets.constraints.relations],
        "attackers": [str(column.attacker) for column in targets.constraints.columns],
        "units": targets.units.each.tolist(),
        "seconds": seconds,
        "epsilons": list(epsilons),
        "norm": first.norm,
        "seed": first.seed,
        "raw": raw,
    }
    kept = FinishedParts(parts)
    results = [_in_shards(attack, targets, epsilons, seconds, raw, kept, asked) for attack in attacks]
    white = [name for name, each in ATTACKS.items() if each.white]
    return Ran(of_all(results, white=white), targets.malicious, kept.found)


def _names(asked: Sequence[str], watched: WatchedModel) -> list[str]:
    if not asked:
        found = [name for name in fitting(watched.detector.model) if name not in NOT_UNASKED]
        if not found:
            raise ModelError(f"no attack fits {watched.title}", expected="one of " + ", ".join(ATTACKS))
        return found
    for name in asked:
        if name not in ATTACKS:
            raise UsageError(
                f"there is no attack {name!r}",
                where="--attack",
                expected="one of " + ", ".join(fitting(watched.detector.model)),
            )
    return list(dict.fromkeys(asked))


def _spreads(watched: WatchedModel) -> dict[str, float] | None:
    """The standard deviations of the training data by column, where the detector has kept them."""
    if watched.detector.reference is None:
        return None
    columns = Reference.from_dict(watched.detector.reference).columns
    return {name: each.spread for name, each in columns.items() if isinstance(each, Numbers)}


def _in_shards(
    attack: EvasionAttack,
    targets: Targets,
    epsilons: Sequence[float],
    seconds: float | None,
    raw: bool,
    parts: FinishedParts,
    asked: dict[str, Any],
) -> AttackResult:
    """Attack shard by shard; those that were finished before are read."""
    found: list[AttackResult] = []
    spent = 0.0
    starts = range(0, max(len(targets), 1), SHARD)
    with progress(attack.name, total=len(targets)) as advance:
        for number, start in enumerate(starts):
            shard = targets.part(start, start + SHARD)
            question = {**asked, "attack": attack.name, "start": start, "rows": len(shard)}
            name = f"{attack.name}-{start:06}"
            kept = parts.find(name, question)
            if kept is None:
                left = None if seconds is None else max(seconds - spent, 0.01) / (len(starts) - number)
                result = attack.run(shard, epsilons=epsilons, seconds=left, raw=raw)
                parts.keep(name, question, result.to_dict())
            else:
                result = AttackResult.from_dict(kept)
            spent += result.seconds
            found.append(result)
            advance(len(shard))
    return of_one(AttackResult.join(found))
