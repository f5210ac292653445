"""Poisoning a detector's training rows as a person asks for it: a model by its name, labelled rows by theirs."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from garrison.attacks.evasion import Constraints, Rows
from garrison.attacks.labelled import Labelled, agreeing
from garrison.attacks.poisoning import ATTACKS, Backdoor, PoisoningAttack, PoisoningResult, Recipe, Victim
from garrison.attacks.poisoning.attack import checked_shares
from garrison.attacks.poisoning.flags import flagged
from garrison.attacks.poisoning.recipe import Place
from garrison.data.schema import Schema
from garrison.errors import DataError, SchemaError, SettingsError, UsageError
from garrison.files import write_json
from garrison.pipelines.asked_numbers import check_numbers
from garrison.pipelines.finished_parts import FinishedParts
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.out_file import check_out
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.splitting import Parts, split_events
from garrison.pipelines.threshold_rule import ThresholdRule
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.run.fingerprint import table_fingerprint
from garrison.run.redaction import redact

FORMAT = 1
REFUSED = Path("attacks") / "refused.jsonl"
TEST_SHARE = 0.3
"""The share of the rows that stand aside as test rows, where no others are named."""


@dataclass(frozen=True)
class PoisonedModel:
    """What each attack reached on the recipe of ``model``; ``refused`` rows were left out, ``resumed`` shares kept."""

    model: str
    results: tuple[PoisoningResult, ...]
    refused: int
    resumed: int
    path: Path | None


def poison_model(
    model: str,
    data: str,
    *,
    workspace: Path,
    test: str | None = None,
    attacks: Sequence[str] = (),
    shares: Sequence[float] = (0.001, 0.01, 0.05),
    rows: int | None = None,
    trigger: Mapping[str, str] | None = None,
    seed: int = 0,
    folds: int = 3,
    fpr: float = 0.01,
    seconds: float | None = None,
    jobs: int = 1,
    out: Path | None = None,
    features: Path | None = None,
    collection: str | None = None,
) -> PoisonedModel:
    """Make ``model`` again from ``data``, of which an attacker has poisoned some rows, for each of ``shares`` and 0.

    Without ``test`` data a part of ``data`` stands aside, the latest or by groups; ``rows`` of the rest are learnt
    from (None: all). ``attacks`` (none: random label flips, and a backdoor where the features let an attacker change
    something) may each take ``seconds``. ``trigger`` says what a backdoor puts on events, by column. ``features`` is a
    features file that says otherwise than the detector's own what an attacker can do. With ``out`` the results are
    written as JSON, and what is finished is kept beside it, in OUT.parts, until all of it is.

    Raises ``UsageError`` for an unknown attack or a share that is none, ``ModelError`` for a detector that has learnt
    from no labels, and what reading raises.
    """
    shares = _shares(shares)
    check_numbers(seed=seed, seconds=seconds)
    check_out(out, data, test, features)
    _check(attacks, rows, folds, fpr)
    watched = open_model(model, workspace=workspace)
    recipe = Recipe.of(
        watched.detector, place=_place(watched.detector.threshold.rule), folds=folds, seed=seed, jobs=jobs
    )
    attacker = watched.detector.schema
    if features is not None:
        attacker = agreeing(Schema.read(features), attacker)
    training, tested, refused = _parts(watched, data, test, collection, workspace, seed=seed, rows=rows)
    victim = Victim(recipe, training, tested, attacker, watched.detector)
    asked = {
        "format": FORMAT,
        "model": watched.digest,
        "events": [_digest(training), _digest(tested)],
        "attacker": attacker.to_dict(),
        "trigger": None if trigger is None else dict(trigger),
        "folds": folds,
        "fpr": fpr,
        "seed": seed,
    }
    parts = FinishedParts.beside(out)
    results = []
    for name in list(dict.fromkeys(attacks)) or _usual(victim):
        attack = _attack(name, seed, trigger)
        results.append(_by_share(attack, victim, shares, fpr, seconds, parts, {**asked, "attack": name}))
    if out is not None:
        write_json(
            out,
            {
                "format": FORMAT,
                "model": {"name": watched.title, "digest": watched.digest},
                "data": redact(data),
                "test": None if test is None else redact(test),
                "refused": refused,
                "attacks": [result.to_dict() for result in results],
            },
        )
        if not any(result.cut for result in results):
            parts.forget()
    return PoisonedModel(watched.title, tuple(results), refused, parts.found, out)


def _shares(shares: Sequence[float]) -> tuple[float, ...]:
    for share in shares:
        if not 0 < share < 1:
            raise UsageError(
                f"a share of {share:g} of the training rows cannot be poisoned",
                where="--share",
                expected="numbers above 0 and below 1, such as 0.01 for one row in a hundred",
            )
    return checked_shares([0.0, *shares])


def _check(attacks: Sequence[str], rows: int | None, folds: int, fpr: float) -> None:
    for name in attacks:
        if name not in ATTACKS:
            raise UsageError(
                f"there is no attack {name!r}", where="--attack", expected="one of " + ", ".join(ATTACKS)
            )
    if rows is not None and rows < 20:
        raise UsageError(f"{rows} rows are too few to learn from", where="--rows", expected="20 or more")
    if folds < 2:
        raise UsageError(f"{folds} folds are too few", where="--folds", expected="2 or more")
    if not 0 < fpr < 1:
        raise UsageError(
            f"a false-positive rate of {fpr:g} is none", where="--fpr", expected="a share such as 0.01"
        )


def _place(rule: str) -> Place | None:
    """How the detector's threshold was placed; None for a number, and for a rule that needs more than scores."""
    try:
        read = ThresholdRule.read(rule)
    except SettingsError:
        return None
    return read.place if read.kind in ("fpr", "metric") else None


def _parts(
    watched: WatchedModel,
    data: str,
    test: str | None,
    collection: str | None,
    workspace: Path,
    *,
    seed: int,
    rows: int | None,
) -> tuple[Labelled, Labelled, int]:
    """The rows to learn from, those to be judged by, and how many were refused."""
    table, refused = labelled_events(
        watched, data, collection=collection, workspace=workspace, refused=REFUSED
    )
    if test is not None:
        training = Labelled.of(watched.detector, table)
        table, more = labelled_events(
            watched, test, collection=collection, workspace=workspace, refused=REFUSED, keep=bool(refused)
        )
        return training.some(rows, seed=seed), Labelled.of(watched.detector, table), refused + more
    parts = _set_aside(table, watched.detector.schema, seed=seed)
    training, tested = (Labelled.of(watched.detector, part) for part in (parts.train, parts.test))
    return training.some(rows, seed=seed), tested, refused


def _set_aside(table: pa.Table, schema: Schema, *, seed: int) -> Parts:
    """Rows to learn from and rows to be judged by, as a run splits them: the latest, else by groups."""
    try:
        return split_events(IngestionSettings(test_share=TEST_SHARE), table, {}, schema=schema, seed=seed)
    except DataError:
        settings = IngestionSettings(test_share=TEST_SHARE, split="groups")
        return split_events(settings, table, {}, schema=schema, seed=seed)


def _usual(victim: Victim) -> list[str]:
    """The attacks that are run where none is named."""
    try:
        Constraints.of(Rows.of(victim.test.table, victim.attacker), victim.attacker.relations)
    except SchemaError:
        return ["label_flips"]
    return ["label_flips", "backdoor"]


def _attack(name: str, seed: int, trigger: Mapping[str, str] | None) -> PoisoningAttack:
    kind = ATTACKS[name]
    return kind(seed=seed, trigger=trigger) if issubclass(kind, Backdoor) else kind(seed=seed)


def _by_share(
    attack: PoisoningAttack,
    victim: Victim,
    shares: Sequence[float],
    fpr: float,
    seconds: float | None,
    parts: FinishedParts,
    asked: dict[str, Any],
) -> PoisoningResult:
    """The attack at one share after the other; those that were finished before are read."""
    named = {f"{attack.name}-{share:g}": share for share in shares}
    found = parts.steps(
        attack.name,
        {name: {**asked, "share": share} for name, share in named.items()},
        run=lambda name: attack.run(victim, shares=[named[name]], fpr=fpr),
        read=PoisoningResult.from_dict,
        seconds=seconds,
    )
    return flagged(PoisoningResult.join(found, cut=len(found) < len(shares)))


def _digest(events: Labelled) -> list[str]:
    """What names the rows and their labels."""
    return [table_fingerprint(events.table), hashlib.sha256(events.y.tobytes()).hexdigest()]
