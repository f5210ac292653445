"""How much a detector gives away of its training rows: membership and attribute inference, as a person asks."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from garrison.attacks.flag import Flag
from garrison.attacks.privacy import (
    MEMBERSHIP_ATTACKS,
    TARGET,
    DetectorRecipe,
    FoundMembers,
    Signals,
    answers_of,
    found_members,
    shadow_answers,
    told_apart,
)
from garrison.attacks.privacy.flags import of_attacks, of_shadows, of_sides, of_signals
from garrison.errors import ModelError, UsageError
from garrison.evaluation import Interval
from garrison.features import Processor
from garrison.files import sha256_of_json, write_json
from garrison.pipelines.privacy.attributes import infer_attributes
from garrison.pipelines.privacy.kept_shadows import KeptShadows
from garrison.pipelines.privacy.measured import FORMAT, Privacy
from garrison.pipelines.privacy.questions import Questions, draw_questions
from garrison.pipelines.privacy.sides import (
    Sides,
    sides_of_data,
    sides_of_files,
    sides_of_run,
)
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.fingerprint import table_fingerprint

PROTOCOLS = ("auto", "model", "recipe")
LEFT_FOR_ATTRIBUTES = 0.2
"""The share of a budget of seconds that shadows leave to what comes after them."""


def measure_privacy(
    model: str,
    data: str | None = None,
    *,
    workspace: Path,
    members: str | None = None,
    others: str | None = None,
    protocol: str = "auto",
    attacks: Sequence[str] = (),
    attributes: Sequence[str] = (),
    shadows: int = 16,
    rows: int = 4_000,
    shadow_rows: int = 10_000,
    seed: int = 0,
    seconds: float | None = None,
    jobs: int = -1,
    out: Path | None = None,
    collection: str | None = None,
) -> Privacy:
    """Attack what ``model`` (a folder, NAME, NAME@VERSION or STAGE/NAME) remembers of its training rows.

    Who they are is said by ``members`` and ``others`` (data, named as everywhere), else by the run that trained it, if
    the workspace still has it. Where nobody knows, or with ``protocol`` ``recipe``, detectors of the same recipe are
    trained on random halves of ``data`` (without it: of the run's rows), and one of them is attacked.

    ``rows`` rows are asked about, half of them members; ``shadows`` models are trained on ``shadow_rows`` rows each (as
    many as the detector learnt from, if those are fewer). ``attacks`` are membership attacks (none: all);
    ``attributes`` the columns to be guessed (none: up to three that can be). After about ``seconds`` the best so far
    is given, and flagged. With ``out`` the results are written as JSON; shadows that are finished are kept in
    OUT.parts until they are, and longer where the time was over.

    Raises ``UsageError`` for what cannot be asked, ``ModelError`` for a detector without labels, and what reading and
    training raise.
    """
    started = time.monotonic()
    _check(attacks, protocol, members, others, shadows, rows, shadow_rows, seconds)
    watched = open_model(model, workspace=workspace)
    sides = _sides(
        model, watched, data, members, others, protocol, workspace=workspace, collection=collection
    )
    questions = draw_questions(sides, watched.detector.schema, rows=rows, shadow_rows=shadow_rows, seed=seed)
    audit = questions.audit
    recipe = DetectorRecipe(watched.detector, sides.weigh, jobs)
    attacked = audit.trained(recipe, TARGET) if sides.protocol == "recipe" else answers_of(watched.detector)
    identity = {
        "format": FORMAT,
        "model": watched.digest,
        "protocol": sides.protocol,
        "rows": table_fingerprint(sides.table),
        "learnt": int(sides.learnt.sum()),
        "asked": audit.asked.tolist(),
        "size": audit.size,
        "seed": seed,
    }
    kept = KeptShadows(
        None if out is None else out.with_name(out.name + ".parts"),
        sha256_of_json(identity),
        len(audit.asked),
    )
    wanted = shadows if any(MEMBERSHIP_ATTACKS[name].fewest for name in attacks or MEMBERSHIP_ATTACKS) else 0
    budget = None
    if seconds is not None:
        budget = max(seconds * (1 - LEFT_FOR_ATTRIBUTES) - (time.monotonic() - started), 0.0)
    with progress("shadow models", total=wanted) as advance:
        answers = shadow_answers(
            recipe, audit, wanted, seconds=budget, kept=kept.kept, keep=kept.keep, advance=advance
        )
    signals = Signals(
        target=audit.answers(attacked),
        member=questions.member,
        shadows=answers,
        inside=np.array([audit.inside(number) for number in range(len(answers))], dtype=np.bool_).reshape(
            answers.shape
        ),
    )
    membership = _membership(signals, attacks, seed)
    guessed, late = infer_attributes(
        attacked,
        questions,
        watched.detector.schema,
        attributes,
        seed=seed,
        until=None if seconds is None else started + seconds,
    )
    apart = None
    if sides.protocol == "model":
        apart = _told_apart(attacked.processor, questions, seed)
    cut = len(answers) < wanted or late
    learnt_from = len(audit.learnt_from(0))
    flags = of_sides(
        others=int((~questions.member).sum()),
        duplicates=questions.duplicates,
        apart=apart,
        learnt_from=learnt_from,
        trained_on=sides.trained_on,
        recipe=sides.protocol == "recipe",
    )
    flags += [*of_signals(signals, membership), *(of_shadows(len(answers)) if wanted else [])]
    if cut:
        flags.append(
            Flag("cut", f"the {seconds:g} seconds were over after {len(answers)} of {wanted} shadow models")
        )
    result = Privacy(
        model=watched.title,
        digest=watched.digest,
        protocol=sides.protocol,
        origin=sides.origin,
        trained_on=sides.trained_on,
        learnt_from=learnt_from,
        members=int(questions.member.sum()),
        others=int((~questions.member).sum()),
        duplicates=questions.duplicates,
        shadows=len(answers),
        apart=apart,
        membership=membership,
        attributes=guessed,
        own_flags=tuple(flags),
        seed=seed,
        cut=cut,
        refused=sides.refused,
        seconds=round(time.monotonic() - started, 2),
        resumed=kept.resumed,
        path=out,
    )
    if out is not None:
        write_json(out, result.to_dict())
        if not cut:
            kept.forget()
    return result


def _membership(signals: Signals, attacks: Sequence[str], seed: int) -> tuple[FoundMembers, ...]:
    """Every membership attack that was asked for and has shadows enough; those without where none has."""
    asked = dict.fromkeys(attacks or MEMBERSHIP_ATTACKS)
    can = [name for name in asked if MEMBERSHIP_ATTACKS[name].fewest <= signals.fewest]
    found = []
    for name in can or [each for each, attack in MEMBERSHIP_ATTACKS.items() if not attack.fewest]:
        attack = MEMBERSHIP_ATTACKS[name]
        used = len(signals.shadows) if attack.fewest else 0
        found.append(
            found_members(
                name, attack.knowledge, attack.scores(signals), signals.member, shadows=used, seed=seed
            )
        )
    return of_attacks(found)


def _sides(
    model: str,
    watched: WatchedModel,
    data: str | None,
    members: str | None,
    others: str | None,
    protocol: str,
    *,
    workspace: Path,
    collection: str | None,
) -> Sides:
    """Who learnt from what: files that say so, else the detector's run, else nobody knows."""
    if watched.detector.schema.label is None:
        raise ModelError(
            f"{watched.title} was trained without labels: its schema does not say which events are malicious",
            expected="a detector whose features file has a label",
        )
    if members is not None and others is not None:
        return sides_of_files(watched, members, others, workspace=workspace, collection=collection)
    known = None
    if protocol != "recipe" or data is None:
        known = sides_of_run(model, watched, workspace=workspace)
    if protocol != "recipe" and known is not None:
        return known
    if protocol == "model":
        raise UsageError(
            f"the rows that {watched.title} has learnt from are not known",
            where=str(workspace / "runs"),
            expected="the run that trained it, in the workspace",
            remedy="name them with --members and --others, or attack the recipe (--protocol recipe --data DATA)",
        )
    if data is not None:
        return sides_of_data(watched, data, workspace=workspace, collection=collection)
    if known is not None:
        return replace(
            known,
            protocol="recipe",
            origin=f"random halves of {known.origin}",
            learnt=np.zeros(known.table.num_rows, dtype=np.bool_),
        )
    raise UsageError(
        f"the rows that {watched.title} has learnt from are not known, and no others were given",
        where=str(workspace / "runs"),
        expected="--data with labelled events",
        remedy="name data like its own with --data, or its training rows with --members and others with --others",
    )


def _check(
    attacks: Sequence[str],
    protocol: str,
    members: str | None,
    others: str | None,
    shadows: int,
    rows: int,
    shadow_rows: int,
    seconds: float | None,
) -> None:
    """Raise ``UsageError`` for what cannot be asked."""
    for name in attacks:
        if name not in MEMBERSHIP_ATTACKS:
            raise UsageError(
                f"there is no attack {name!r} on membership",
                where="--attack",
                expected="one of " + ", ".join(MEMBERSHIP_ATTACKS),
            )
    if protocol not in PROTOCOLS:
        raise UsageError(
            f"there is no protocol {protocol!r}",
            where="--protocol",
            expected="one of " + ", ".join(PROTOCOLS),
        )
    if (members is None) != (others is None):
        raise UsageError(
            "members need others to be held against, and others members",
            where="--members, --others",
            expected="both or neither",
        )
    if members is not None and protocol == "recipe":
        raise UsageError(
            "a recipe is attacked on random halves, so that nobody need know who the members are",
            where="--protocol recipe",
            expected="--data in place of --members and --others",
        )
    least = 2 * max(each.fewest for each in MEMBERSHIP_ATTACKS.values())
    for where, value, fewest in (
        ("--shadows", shadows, least),
        ("--rows", rows, 4),
        ("--shadow-rows", shadow_rows, 4),
    ):
        if value < fewest:
            raise UsageError(f"{value} are too few", where=where, expected=f"{fewest} or more")
    if seconds is not None and seconds <= 0:
        raise UsageError(f"{seconds} seconds are no budget", where="--seconds", expected="a number above 0")


def _told_apart(processor: Processor, questions: Questions, seed: int) -> Interval | None:
    """How well members are told from others by their numbers and their label alone."""
    audit = questions.audit
    X = processor.transform(audit.records.take(pa.array(audit.asked)))
    return told_apart(np.column_stack([X, audit.y[audit.asked]]), questions.member, seed=seed)
