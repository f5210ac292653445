"""Leakage: what can be found out of the training rows by asking the model."""

from garrison.assurance.figure_names import KINDS, LEAKAGE
from garrison.assurance.scorecard import Curve, Doubt, Figure, Grid, Part
from garrison.errors import GarrisonError
from garrison.pipelines.judging.subject import Subject
from garrison.pipelines.privacy import Asked, Privacy, measure_watched

KEPT = "leakage"
SHARE_OF_TIME = 0.4
"""Of the seconds that all parts may take."""
SHADOWS, ROWS, SHADOW_ROWS = 8, 4_000, 10_000
POINTS = 40
TITLE = "Leakage of the training data"


def measure_leakage(subject: Subject) -> Part:
    """Membership inference and attribute inference, each at its best attack."""
    asked = Asked(
        data=subject.data,
        false_positive_rates=subject.values_of("membership.tpr"),
        shadows=SHADOWS,
        rows=ROWS,
        shadow_rows=SHADOW_ROWS,
        seed=subject.seed,
        seconds=subject.share_of_time(SHARE_OF_TIME),
    )
    parts = None if subject.kept is None else subject.kept / KEPT
    try:
        found = measure_watched(
            subject.watched,
            asked,
            workspace=subject.workspace,
            table=subject.table,
            parts=parts,
            jobs=subject.jobs,
        )
    except GarrisonError as error:
        why = f"{error.what}; {error.remedy}" if error.remedy else error.what
        return Part(name=LEAKAGE, title=TITLE, protocol=_PROTOCOL, not_measured=why)
    return Part(
        name=LEAKAGE,
        title=TITLE,
        protocol=_told(found),
        figures=_figures(subject, found),
        curves=(_curve(found),),
        tables=_tables(found),
        doubts=tuple(Doubt(name=flag.name, why=flag.why) for flag in found.flags),
        cut=found.cut,
    )


_PROTOCOL = (
    "Membership inference (LiRA, Carlini et al. 2022; loss threshold, Yeom et al. 2018), attribute inference."
)


def _told(found: Privacy) -> str:
    attacked = (
        "The detector itself was attacked"
        if found.protocol == "model"
        else "Its training rows are not known, so that a detector trained in the same way on a random half was attacked"
    )
    return (
        f"{_PROTOCOL} {attacked}: {found.members:,} rows that were learnt from and {found.others:,} that were not "
        f"({found.origin}), {found.shadows} shadow models of {found.learnt_from:,} rows each."
    )


def _figures(subject: Subject, found: Privacy) -> tuple[Figure, ...]:
    figures = found.figures
    known = [name for name, kind in KINDS.items() if kind.part == LEAKAGE and kind.parameter is None]
    known += [KINDS["membership.tpr"].at(rate) for rate in subject.values_of("membership.tpr")]
    by_name = {name: figures[name] for name in known if name in figures}
    return tuple(
        Figure.measured(
            name,
            each.value,
            low=each.low,
            high=each.high,
            protocol=f"the attack that finds most; {each.level:.0%} interval: {each.method}",
        )
        for name, each in by_name.items()
    )


def _curve(found: Privacy) -> Curve:
    lines = {}
    for attack in found.membership:
        step = max(1, len(attack.roc) // POINTS)
        lines[attack.attack] = tuple(dict.fromkeys([*attack.roc[::step], attack.roc[-1]]))
    lines["chance"] = ((0.0, 0.0), (1.0, 1.0))
    return Curve(
        title="Training rows found against false accusations",
        x="other rows accused",
        y="training rows found",
        lines=lines,
    )


def _tables(found: Privacy) -> tuple[Grid, ...]:
    attributes = tuple(
        (each.name, each.advantage.value, each.advantage.low, each.advantage.high)
        for each in found.attributes
    )
    members = tuple(
        (each.attack, each.knowledge, each.auc.value, each.balanced_accuracy.value)
        for each in found.membership
    )
    tables = [
        Grid(
            title="Membership, attack by attack",
            columns=("attack", "knows", "AUC", "balanced accuracy"),
            rows=members,
        )
    ]
    if attributes:
        tables.append(
            Grid(title="Attributes guessed", columns=("column", "advantage", "low", "high"), rows=attributes)
        )
    return tuple(tables)
