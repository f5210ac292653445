"""When a measurement of privacy should not be believed, as data beside its numbers."""

from collections.abc import Sequence
from dataclasses import replace

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.confidence import saturated
from garrison.attacks.privacy.found_members import FoundMembers
from garrison.attacks.privacy.signals import Signals, strangeness
from garrison.evaluation import Interval

FEWEST_SHADOWS = 8
FEWEST_FOR_LIRA = 4
MOST_SATURATED = 0.5
MOST_STRANGE = 1.0
FEWER_ROWS = 0.8
MANY_DUPLICATES = 0.1


def of_signals(signals: Signals, results: Sequence[FoundMembers]) -> list[Flag]:
    """What the models' answers say against the ``results``."""
    found = []
    share = saturated(signals.target)
    if share > MOST_SATURATED and all(each.auc.low <= 0.5 for each in results):
        found.append(
            Flag(
                "saturated",
                f"of {share:.0%} of the records the model is as sure as numbers can say: attacks see no difference",
            )
        )
    apart = strangeness(signals)
    if abs(apart) > MOST_STRANGE:
        found.append(
            Flag(
                "unlike_its_shadows",
                f"on records that it has not seen the model stands {apart:+.1f} standard deviations from models of "
                "the same recipe: it was trained in another way, or members are not what they are said to be",
            )
        )
    return found


def of_sides(
    *,
    others: int,
    duplicates: int,
    apart: Interval | None,
    learnt_from: int,
    trained_on: int | None,
    recipe: bool,
    fpr: float = 0.001,
) -> list[Flag]:
    """What speaks against the records that are asked about.

    ``duplicates`` of others were left out, as the model learnt from their like; ``apart`` is what ``told_apart``
    found; models here learnt from ``learnt_from`` records, the detector from ``trained_on`` (None: not known); with
    ``recipe`` the attacked model is one of those. ``fpr`` is the least false-positive rate that is told.
    """
    found = []
    if others * fpr < 1 - 1e-9:
        found.append(
            Flag(
                "too_few_samples",
                f"{others:,} records that the model has not seen cannot show a false-positive rate of {fpr:g}",
            )
        )
    if duplicates > MANY_DUPLICATES * (others + duplicates):
        found.append(
            Flag(
                "duplicates",
                f"{duplicates:,} others were left out, as the model learnt from rows of equal features",
            )
        )
    if apart is not None and apart.low > 0.5:
        found.append(
            Flag(
                "told_apart_without_the_model",
                f"members and others differ by themselves (AUC {apart}): an attack's AUC says little of the model",
            )
        )
    if trained_on is not None and learnt_from < FEWER_ROWS * trained_on:
        found.append(
            Flag(
                "fewer_rows",
                f"{'models' if recipe else 'shadow models'} learnt from {learnt_from:,} records, the detector from "
                f"{trained_on:,}: "
                + (
                    "who learns from fewer knows each of them better"
                    if recipe
                    else "more may be found than was"
                ),
            )
        )
    return found


def of_shadows(shadows: int) -> list[Flag]:
    """Whether there were enough shadows."""
    if shadows >= FEWEST_SHADOWS:
        return []
    why = f"{shadows} shadow models hardly say what is usual of a record"
    if shadows < FEWEST_FOR_LIRA:
        why += f", and attacks that need {FEWEST_FOR_LIRA} were left out"
    return [Flag("too_few_shadows", why)]


def of_attacks(results: Sequence[FoundMembers]) -> tuple[FoundMembers, ...]:
    """The results, with a flag at an attack that does worse than one that knows less."""
    plain = next((each for each in results if not each.shadows), None)
    return tuple(
        each
        if plain is None or not each.shadows or each.auc.high >= plain.auc.low
        else replace(
            each,
            flags=(
                *each.flags,
                Flag(
                    "less_knowledge_does_better",
                    f"{plain.attack} knows less and has an AUC of {plain.auc}: this one failed for its own reasons",
                ),
            ),
        )
        for each in results
    )
