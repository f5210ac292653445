"""Attribute inference on a detector: which columns, whose rows, and what the attacker knows besides."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from garrison.attacks.flag import Flag
from garrison.attacks.privacy import DetectorAnswers, FoundAttribute, infer_attribute
from garrison.attacks.privacy.columns import Candidates, secret_of
from garrison.attacks.privacy.interface import Ints
from garrison.pipelines.privacy.questions import Questions

MOST_ASKED = 1_000
"""Members, and as many others, of which a value is guessed."""
MOST_KNOWN = 4_000
FEWEST_KNOWN = 500
FEWEST_ASKED = 200


def infer_attributes(
    model: DetectorAnswers,
    questions: Questions,
    chosen: Sequence[Candidates],
    *,
    seed: int,
    until: float | None = None,
) -> tuple[tuple[FoundAttribute, ...], bool]:
    """What was found of each of the ``chosen`` attributes, and whether the time was over before all were attacked.

    ``until`` is when, by ``time.monotonic``.

    The attacker's own rows are such as the model has not learnt from; where all those are asked about, half of them.
    """
    asked, known = _asked_and_known(questions, seed)
    found: list[FoundAttribute] = []
    for candidates in chosen:
        if until is not None and time.monotonic() >= until:
            return tuple(found), True
        one = _inferred(model, questions, candidates, asked, known, seed=seed, level=1 - 0.05 / len(chosen))
        if one is not None:
            found.append(one)
    return tuple(found), False


def _asked_and_known(questions: Questions, seed: int) -> tuple[Ints, Ints]:
    """Which questions are asked here too, and the places of the rows that the attacker knows."""
    draw = np.random.default_rng([seed, 5])
    members = draw.permutation(np.flatnonzero(questions.member))
    others = draw.permutation(np.flatnonzero(~questions.member))
    known = draw.permutation(questions.unseen)[:MOST_KNOWN]
    if len(known) < min(MOST_KNOWN, len(others)) / 2:
        half = len(others) // 2
        known = np.append(known, questions.audit.asked[others[:half]])
        others = others[half:]
    asked = np.append(members[:MOST_ASKED], others[:MOST_ASKED])
    return np.sort(asked), np.sort(known)


def _inferred(
    model: DetectorAnswers,
    questions: Questions,
    candidates: Candidates,
    asked: Ints,
    known: Ints,
    *,
    seed: int,
    level: float,
) -> FoundAttribute | None:
    """The attack on one attribute; None where too few rows have one of its candidates."""
    audit = questions.audit
    rows = audit.records.take(pa.array(audit.asked[asked]))
    there = candidates.truth(rows) >= 0
    member = questions.member[asked][there]
    if min(int(member.sum()), int((~member).sum())) < 2:
        return None
    secret = secret_of(
        candidates,
        model.processor,
        rows.filter(pa.array(there)),
        audit.y[audit.asked[asked]][there],
        audit.records.take(pa.array(known)),
        audit.y[known],
    )
    found = infer_attribute(model, secret, member, seed=seed, level=level)
    flags = []
    if min(found.members, found.others) < FEWEST_ASKED:
        flags.append(Flag("too_few_samples", f"{found.members} members and {found.others} others say little"))
    if len(secret.known_truth) < FEWEST_KNOWN:
        flags.append(
            Flag(
                "weak_baseline",
                f"what is imputed was learnt from {len(secret.known_truth)} rows: who knows more needs no model",
            )
        )
    return replace(found, flags=tuple(flags))
