"""Evasion: what is still detected when malicious events are changed to pass, at the best of every attack that fits."""

import numpy as np

from garrison.assurance.figure_names import KINDS
from garrison.assurance.scorecard import Curve, Doubt, Figure, Grid, Part
from garrison.attacks.evasion import AttackResult
from garrison.errors import GarrisonError
from garrison.evaluation import share_interval
from garrison.pipelines.attack_kinds import kind_of
from garrison.pipelines.attacking import attack_events, attacks_on
from garrison.pipelines.judging.subject import Subject

KEPT = "evasion"
SHARE_OF_TIME = 0.6
"""Of the seconds that all parts may take."""
MOST_EXAMPLES = 3


def measure_evasion(subject: Subject) -> Part:
    """Detection against what an attacker may spend, event by event at the best attack."""
    usual = kind_of(subject.watched).epsilons
    costs = subject.values_of("evasion.detection", usual=usual)
    title = "Evasion"
    try:
        made = attacks_on(subject.watched, epsilon=costs[-1], seed=subject.seed)
        each = subject.share_of_time(SHARE_OF_TIME)
        results = attack_events(
            subject.watched,
            subject.table,
            made,
            epsilons=costs,
            rows=subject.rows,
            seconds=None if each is None else each / len(made),
            raw=False,
            parts=None if subject.kept is None else subject.kept / KEPT,
        ).results
    except GarrisonError as error:
        why = f"{error.what}; {error.remedy}" if error.remedy else error.what
        return Part(name="evasion", title=title, protocol="", not_measured=why)
    first = results[0]
    if not first.outcomes:
        why = f"none of the malicious events that were drawn can be attacked, as {first.left_out_as}"
        return Part(name="evasion", title=title, protocol="", not_measured=why)
    names = [result.attack for result in results]
    # Less than one rewrite is none: a gate on it is not measured.
    told = [cost for cost in costs if first.norm != "rewrites" or cost >= 1]
    figures = tuple(_figure(subject, results, cost) for cost in told)
    return Part(
        name="evasion",
        title=title,
        protocol=f"{len(first.outcomes):,} malicious events, each changed within what an attacker can change "
        f"until it passes, by {len(results)} attacks ({', '.join(names)}); an event counts as detected "
        f"at a cost if no attack made it pass for that or less. Cost: {first.costs_in}. An attack that "
        "failed proves nothing: detection under a better attack can only be lower.",
        figures=figures,
        curves=(
            Curve(
                title="Still detected, by what the attacker may spend",
                x=f"cost ({first.norm})",
                y="still detected",
                lines={result.attack: result.curve() for result in results},
            ),
        ),
        tables=(_table(results), *_used(results), *_examples(results)),
        doubts=(*_doubts(results), *subject.flattered),
        cut=any(result.cut for result in results),
    )


def _figure(subject: Subject, results: tuple[AttackResult, ...], cost: float) -> Figure:
    detected = at_best(results, cost)
    rows = np.array([outcome.row for outcome in results[0].outcomes]) - 1
    found = share_interval(detected, groups=subject.groups[rows], seed=subject.seed)
    best = min(results, key=lambda result: result.detection(cost))
    return Figure.measured(
        KINDS["evasion.detection"].at(cost),
        found.value,
        low=found.low,
        high=found.high,
        protocol=f"of {len(detected)} events; {best.detection_before:.3f} as they are, {best.detection(cost):.3f} "
        f"under {best.attack} alone; interval: {found.method}",
    )


def at_best(results: tuple[AttackResult, ...], cost: float) -> list[bool]:
    """For each event, whether it is still detected when the attacker may choose among the attacks."""
    passed: dict[int, bool] = {}
    for result in results:
        for outcome in result.outcomes:
            done = outcome.cost is not None and outcome.cost <= cost * (1 + 1e-9)
            passed[outcome.row] = passed.get(outcome.row, False) or done
    return [not each for each in passed.values()]


def _doubts(results: tuple[AttackResult, ...]) -> tuple[Doubt, ...]:
    """The flags of the attacks; what several say in the same words is said once, with their names."""
    said: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for flag in result.flags:
            said.setdefault((flag.name, flag.why), []).append(result.attack)
    return tuple(
        Doubt(name=name, why=why if len(of) == len(results) else f"{', '.join(of)}: {why}")
        for (name, why), of in said.items()
    )


def _table(results: tuple[AttackResult, ...]) -> Grid:
    return Grid(
        title="The attacks",
        columns=("attack", "knows", "attacked", "success", "median cost", "queries an event", "seconds"),
        rows=tuple(
            (
                result.attack,
                result.knowledge,
                len(result.attacked),
                result.success if result.attacked else None,
                result.median_cost,
                round(result.queries / max(len(result.attacked), 1)),
                round(result.seconds, 2),
            )
            for result in results
        ),
    )


def _used(results: tuple[AttackResult, ...]) -> tuple[Grid, ...]:
    best = min(results, key=lambda result: result.detection_after)
    rows = tuple(best.used.items())[:10]
    if not rows:
        return ()
    return (
        Grid(
            title=f"What {best.attack} changed, by the share of its successes",
            columns=("changed", "share"),
            rows=rows,
        ),
    )


def _examples(results: tuple[AttackResult, ...]) -> tuple[Grid, ...]:
    best = min(results, key=lambda result: result.detection_after)
    rows = tuple((example.words(),) for example in best.examples[:MOST_EXAMPLES])
    return (
        (Grid(title=f"Events that {best.attack} made pass", columns=("event",), rows=rows),) if rows else ()
    )
