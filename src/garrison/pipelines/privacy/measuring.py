"""How much a detector gives away of its training rows: membership and attribute inference, as a person asks."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from garrison.attacks.flag import Flag
from garrison.attacks.privacy import (
    FALSE_POSITIVE_RATES,
    TARGET,
    DetectorAnswers,
    DetectorRecipe,
    FoundMembers,
    Signals,
    answers_of,
    infer_membership,
    shadow_answers,
    told_apart,
)
from garrison.attacks.privacy.columns import candidates_of
from garrison.attacks.privacy.flags import of_shadows, of_sides, of_signals
from garrison.evaluation import Interval
from garrison.files import sha256_of_json, write_json
from garrison.pipelines.out_file import check_out
from garrison.pipelines.privacy.asked import Asked
from garrison.pipelines.privacy.attributes import infer_attributes
from garrison.pipelines.privacy.choosing import choose_sides
from garrison.pipelines.privacy.kept_shadows import KeptShadows, forget_shadows
from garrison.pipelines.privacy.measured import FORMAT, Privacy
from garrison.pipelines.privacy.questions import Questions, draw_questions
from garrison.pipelines.privacy.sides import Sides
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.fingerprint import table_fingerprint, versions

FOR_SHADOWS = 0.8
"""The share of a budget of seconds at which no further shadow is begun, for the sake of what comes after them."""


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
    false_positive_rates: Sequence[float] = FALSE_POSITIVE_RATES,
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
    ``attributes`` the columns to be guessed (none: up to three that can be). Found members are told at
    ``false_positive_rates``. After about ``seconds`` the best so far
    is given, and flagged. With ``out`` the results are written as JSON; shadows that are finished are kept in
    OUT.parts until they are, and longer where the time was over, so that more time goes on from there.

    Raises ``UsageError`` for what cannot be asked, ``ModelError`` for a detector without labels, and what reading and
    training raise.
    """
    asked = Asked(
        data=data,
        members=members,
        others=others,
        protocol=protocol,
        attacks=tuple(attacks),
        attributes=tuple(attributes),
        false_positive_rates=tuple(false_positive_rates),
        shadows=shadows,
        rows=rows,
        shadow_rows=shadow_rows,
        seed=seed,
        seconds=seconds,
        collection=collection,
    )
    check_out(out, data, members, others)
    parts = None if out is None else out.with_name(out.name + ".parts")
    watched = open_model(model, workspace=workspace)
    result = measure_watched(watched, asked, workspace=workspace, parts=parts, jobs=jobs)
    if out is None:
        return result
    write_json(out, result.to_dict())
    if parts is not None and not result.cut:
        forget_shadows(parts)
    return replace(result, path=out)


def measure_watched(
    watched: WatchedModel,
    asked: Asked,
    *,
    workspace: Path,
    table: pa.Table | None = None,
    parts: Path | None = None,
    jobs: int = -1,
) -> Privacy:
    """The same of a model that is loaded; ``table`` are validated rows with labels in place of ``asked.data``.

    What shadow models answer is kept in the folder ``parts``, if one is given, and used again for the same question.
    """
    started = time.monotonic()
    seed, seconds = asked.seed, asked.seconds
    schema = watched.detector.schema
    sides = choose_sides(asked, watched, workspace=workspace, table=table)
    questions = draw_questions(sides, schema, rows=asked.rows, shadow_rows=asked.shadow_rows, seed=seed)
    chosen = candidates_of(sides.table, schema, asked.attributes)
    recipe = DetectorRecipe(watched.detector, sides.weigh, jobs)
    attacked = answers_of(watched.detector, jobs=jobs)
    if sides.protocol == "recipe":
        attacked = questions.audit.trained(recipe, TARGET)
    kept = KeptShadows(parts, _identity(asked, watched, sides, questions), len(questions.member))
    until = None if seconds is None else started + seconds * FOR_SHADOWS
    signals = _signals(asked, recipe, attacked, questions, kept, until)
    membership = infer_membership(signals, asked.attacks, fprs=asked.false_positive_rates, seed=seed)
    guessed, late = infer_attributes(
        attacked,
        questions,
        chosen,
        seed=seed,
        until=None if seconds is None else started + seconds,
    )
    apart = _told_apart(attacked, questions, seed) if sides.protocol == "model" else None
    cut = len(signals.shadows) < asked.wanted or late
    return Privacy(
        model=watched.title,
        digest=watched.digest,
        protocol=sides.protocol,
        origin=sides.origin,
        trained_on=sides.trained_on,
        learnt_from=len(questions.audit.learnt_from(0)),
        members=int(questions.member.sum()),
        others=int((~questions.member).sum()),
        duplicates=questions.duplicates,
        shadows=len(signals.shadows),
        apart=apart,
        membership=membership,
        attributes=guessed,
        own_flags=_flags(asked, sides, questions, signals, membership, apart, cut=cut),
        seed=seed,
        cut=cut,
        refused=sides.refused,
        seconds=round(time.monotonic() - started, 2),
        resumed=kept.resumed,
    )


def _identity(asked: Asked, watched: WatchedModel, sides: Sides, questions: Questions) -> str:
    """What shadows answer: they are used again only for the same."""
    return sha256_of_json(
        {
            "format": FORMAT,
            "versions": versions(),
            "model": watched.digest,
            "protocol": sides.protocol,
            "rows": table_fingerprint(sides.table),
            "learnt": int(sides.learnt.sum()),
            "asked": questions.audit.asked.tolist(),
            "size": questions.audit.size,
            "weighed": sides.weigh is not None,
            "seed": asked.seed,
        }
    )


def _signals(
    asked: Asked,
    recipe: DetectorRecipe,
    attacked: DetectorAnswers,
    questions: Questions,
    kept: KeptShadows,
    until: float | None,
) -> Signals:
    """What the attacked model and its shadows say of the questions."""
    audit = questions.audit
    with progress("shadow models", total=asked.wanted) as advance:
        answers = shadow_answers(
            recipe,
            audit,
            asked.wanted,
            seconds=None if until is None else max(until - time.monotonic(), 0.0),
            kept=kept.kept,
            keep=kept.keep,
            advance=advance,
        )
    inside = [audit.inside(number) for number in range(len(answers))]
    return Signals(
        target=audit.answers(attacked),
        member=questions.member,
        shadows=answers,
        inside=np.array(inside, dtype=np.bool_).reshape(answers.shape),
    )


def _told_apart(attacked: DetectorAnswers, questions: Questions, seed: int) -> Interval | None:
    """How well members are told from others by their numbers and their label alone."""
    audit = questions.audit
    X = attacked.processor.transform(audit.records.take(pa.array(audit.asked)))
    return told_apart(np.column_stack([X, audit.y[audit.asked]]), questions.member, seed=seed)


def _flags(
    asked: Asked,
    sides: Sides,
    questions: Questions,
    signals: Signals,
    membership: Sequence[FoundMembers],
    apart: Interval | None,
    *,
    cut: bool,
) -> tuple[Flag, ...]:
    """Why not to believe the whole of it."""
    done = len(signals.shadows)
    found = of_sides(
        others=int((~questions.member).sum()),
        duplicates=questions.duplicates,
        apart=apart,
        learnt_from=len(questions.audit.learnt_from(0)),
        trained_on=sides.trained_on,
        recipe=sides.protocol == "recipe",
        fpr=min(asked.false_positive_rates, default=1.0),
    )
    found += of_signals(signals, membership)
    if asked.wanted:
        found += of_shadows(done)
    if cut:
        why = f"{asked.seconds:g} seconds were over after {done} of {asked.wanted} shadow models"
        found.append(Flag("cut", why))
    return tuple(found)
