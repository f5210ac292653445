"""Attacking a detector as a person asks for it: a model by its name, labelled data by theirs, attacks by theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from garrison.attacks.evasion import ATTACKS, AttackResult, Norm
from garrison.attacks.evasion.flags import of_all
from garrison.data.schema import Schema
from garrison.errors import UsageError
from garrison.files import write_json
from garrison.pipelines.asked_numbers import check_numbers
from garrison.pipelines.attack_kinds import Attack, kind_of
from garrison.pipelines.attack_shards import FORMAT, Shards
from garrison.pipelines.finished_parts import FinishedParts
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.out_file import check_out
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.run.redaction import redact

REFUSED = Path("attacks") / "refused.jsonl"


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
    epsilons: Sequence[float] | None = None,
    norm: Norm | None = None,
    rows: int = 200,
    seed: int = 0,
    seconds: float | None = None,
    raw: bool = True,
    out: Path | None = None,
    features: Path | None = None,
    collection: str | None = None,
) -> Attacked:
    """Attack ``rows`` malicious events of ``data`` with each of ``attacks`` (none: all that fit, but the exact one).

    ``model`` is a folder, NAME, NAME@VERSION or STAGE/NAME. What it reads decides which attacks there are: those of
    ``attacks.evasion`` on columns, those of ``attacks.urls`` on raw URLs. ``epsilons`` are costs at which detection is
    told, the largest of them the budget: standard deviations by ``norm`` (None: linf), or rewrites of a URL; None: what
    is usual there. ``features`` is a features file that says otherwise than the detector's own what an attacker can do.
    ``seconds`` is what each attack may take. With ``out`` the results are written as JSON, and what is finished is kept
    beside it, in OUT.parts, until they are: an attack that was broken off goes on.

    Raises ``UsageError`` for an unknown attack, or a norm or features file that means nothing for URLs, ``ModelError``
    for an attack that does not fit, and what reading raises.
    """
    watched = open_model(model, workspace=workspace)
    kind = kind_of(watched)
    if epsilons is not None and (not epsilons or min(epsilons) <= 0):
        raise UsageError("a cost is not above 0", where="--epsilon", expected="numbers above 0")
    check_numbers(rows=rows, seed=seed, seconds=seconds)
    check_out(out, data, features)
    costs = tuple(sorted({*(kind.epsilons if epsilons is None else epsilons)}))
    kind.check(norm=norm, epsilon=costs[-1], features=features)
    made = attacks_on(watched, attacks, norm=norm, epsilon=costs[-1], seed=seed)
    table, refused = labelled_events(
        watched, data, collection=collection, workspace=workspace, refused=REFUSED
    )
    parts = FinishedParts.beside(out)
    ran = attack_events(
        watched,
        table,
        made,
        epsilons=costs,
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
    watched: WatchedModel,
    names: Sequence[str] = (),
    *,
    norm: Norm | None = None,
    epsilon: float,
    seed: int,
) -> tuple[Attack, ...]:
    """The attacks of these names, made for a model (none: all that fit, but the exact one).

    ``norm`` is how changes of columns add up (None: linf); on URLs there is none.
    """
    kind = kind_of(watched)
    kind.check(norm=norm, epsilon=epsilon)
    return tuple(kind.made(name, norm=norm, epsilon=epsilon, seed=seed) for name in kind.names(names))


def attack_events(
    watched: WatchedModel,
    table: pa.Table,
    attacks: Sequence[Attack],
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
    kind, first = kind_of(watched), attacks[0]
    targets = kind.targets(table, rows=rows, seed=first.seed, schema=schema)
    shards = Shards(
        targets=targets,
        epsilons=epsilons,
        seconds=seconds,
        raw=raw,
        parts=parts,
        identity={
            "model": watched.digest,
            "seconds": seconds,
            "epsilons": list(epsilons),
            "norm": first.norm,
            "seed": first.seed,
            "raw": raw,
            **kind.identity(targets),
        },
    )
    results, resumed = [], 0
    for attack in attacks:
        result, before = shards.attacked(attack)
        results.append(result)
        resumed += before
    white = [name for name, each in ATTACKS.items() if each.white]
    return Ran(of_all(results, white=white), targets.malicious, resumed)
