"""Attacking a detector as a person asks for it: a model by its name, labelled data by theirs, attacks by theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from garrison.attacks.evasion import ATTACKS, AttackResult, Norm
from garrison.attacks.evasion.flags import of_all
from garrison.data.quarantine import Quarantine
from garrison.errors import DataError, ModelError, UsageError
from garrison.files import write_json
from garrison.pipelines.attack_kinds import Asked, kind_of
from garrison.pipelines.attack_shards import FORMAT, Shards
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.redaction import redact

REFUSED = Path("attacks") / "refused.jsonl"


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
    if seconds is not None and seconds <= 0:
        raise UsageError(f"{seconds} seconds are no budget", where="--seconds", expected="a number above 0")
    if rows < 1:
        raise UsageError(f"{rows} rows are to be attacked", where="--rows", expected="1 or more")
    costs = tuple(sorted({*(epsilons or kind.epsilons)}))
    asked = Asked(epsilon=costs[-1], norm=norm, rows=rows, seed=seed, features=features)
    kind.check(asked)
    made = [kind.made(name, asked) for name in kind.names(attacks)]
    table, refused = _labelled(watched, data, collection, workspace)
    targets = kind.targets(table, asked)
    shards = Shards(
        targets=targets,
        epsilons=costs,
        seconds=seconds,
        raw=raw,
        parts=None if out is None else out.with_name(out.name + ".parts"),
        identity={
            "model": watched.digest,
            "seconds": seconds,
            "epsilons": list(costs),
            "norm": norm,
            "seed": seed,
            "raw": raw,
            **kind.identity(targets),
        },
    )
    results, resumed = [], 0
    for attack in made:
        result, before = shards.attacked(attack)
        results.append(result)
        resumed += before
    white = [name for name, each in ATTACKS.items() if each.white]
    final = of_all(results, white=white)
    if out is not None:
        facts = {
            "format": FORMAT,
            "model": {"name": watched.title, "digest": watched.digest},
            "data": redact(data),
            "malicious": targets.malicious,
            "refused": refused,
            "attacks": [result.to_dict() for result in final],
        }
        write_json(out, facts)
        shards.forget()
    return Attacked(watched.title, final, targets.malicious, refused, resumed, out)


def _labelled(
    watched: WatchedModel, data: str, collection: str | None, workspace: Path
) -> tuple[pa.Table, int]:
    """The rows of ``data`` with their labels, and how many were refused."""
    found: list[pa.Table] = []
    if watched.detector.schema.label is None:
        raise ModelError(
            f"{watched.title} was trained without labels: its schema does not say which events are malicious",
            expected="a detector whose features file has a label",
        )
    with Quarantine(workspace / REFUSED) as quarantine, progress(f"reading {redact(data)}") as advance:
        events = read_events(
            watched,
            data,
            collection=collection,
            since=None,
            workspace=workspace,
            quarantine=quarantine,
            with_label=True,
        )
        for part in events:
            found.append(part.table)
            advance(part.table.num_rows)
    if not found:
        raise DataError("there are no events to attack", where=redact(data), expected="one row or more")
    return pa.concat_tables(found), quarantine.count
