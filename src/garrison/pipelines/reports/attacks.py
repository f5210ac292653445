"""Parts of a report about attacks: found by kind and by value of a column, and what the detector goes by."""

from collections.abc import Mapping, Sequence

import numpy as np

from garrison.assurance import Badge, Block, CaveatList, Column, Picture, Table, Text
from garrison.data.hygiene import TELLING, LoneSeparator
from garrison.evaluation import AttackRow, Contributions, ValueRow, metric_title

FEW_ROWS = 30
"""Under so many rows, the recall of a kind of attack is hardly a number."""


def attack_blocks(
    rows: Sequence[AttackRow], *, picture: Picture, held_out: Mapping[str, float] | None = None
) -> tuple[Block, ...]:
    """How well each kind of attack is found; ``picture`` is that of ``attack_recall_picture`` for the same rows.

    ``held_out`` is the recall of a kind by models that were trained without it.
    """
    if not rows:
        return (Text("The data do not name the kinds of attack, so that quality cannot be told by kind."),)
    rates = tuple(rows[0].recall_at_fpr)
    unseen = held_out or {}
    table = Table(
        columns=(
            "attack",
            "rows",
            "caught",
            Column("recall", 3),
            Column("low", 3),
            Column("high", 3),
            *(Column(metric_title(rate), 3) for rate in rates),
            Column("AUC", 3),
            Column("mean score", 3),
            *((Column("recall, held out", 3),) if unseen else ()),
        ),
        rows=tuple(
            (
                row.attack,
                row.rows,
                row.caught,
                row.recall.value,
                row.recall.low,
                row.recall.high,
                *(row.recall_at_fpr[rate] for rate in rates),
                row.auc,
                row.mean_score,
                *((unseen.get(row.attack),) if unseen else ()),
            )
            for row in rows
        ),
        caption="Every kind of attack",
        folded=len(rows) > 12,
    )
    return (Text(_attacks_in_words(rows, unseen)), picture, table, *_attack_caveats(rows))


def slice_blocks(column: str, rows: Sequence[ValueRow]) -> tuple[Block, ...]:
    """What the threshold does for each value of a column."""
    if not rows:
        return (Text(f"There is no row to tell quality by {column}."),)
    alarms = sum(row.false_alarms for row in rows)
    noisy = max(rows, key=lambda row: row.false_alarms)
    words = (
        f"{noisy.false_alarms:,} of the {alarms:,} false alarms are in rows where {column} is {noisy.title}."
        if alarms
        else "There is no false alarm."
    )
    return (
        Text(f"Quality at the threshold by {column}. {words} A dash stands where there is no row to count."),
        Table(
            columns=(
                column,
                "rows",
                "attacks",
                Column("precision", 3),
                Column("recall", 3),
                Column("false-positive rate", 4),
                "false alarms",
            ),
            rows=tuple(
                (
                    row.title,
                    row.rows,
                    row.positives,
                    row.precision,
                    row.recall,
                    row.false_positive_rate,
                    row.false_alarms,
                )
                for row in rows
            ),
            caption=f"Quality by {column}",
            folded=len(rows) > 12,
        ),
    )


def contribution_blocks(found: Contributions, picture: Picture) -> tuple[Block, ...]:
    """What each feature adds to scores; ``picture`` is that of ``contributions_picture`` for the same values."""
    rows = len(found.values)
    return (
        Text(
            f"From the mean score of the background, {found.base:.3f}, to the score of a row, feature by feature, for "
            f"{rows:,} rows of the test part ({found.permutations} orders each). It says what the detector goes by, "
            f"not what makes an attack: features that say the same share the credit."
        ),
        picture,
        Table(
            columns=(
                "feature",
                Column("moves a score by", 4),
                Column("lowest", 4),
                Column("highest", 4),
                "rises with the value",
            ),
            rows=tuple(
                (
                    name,
                    float(found.weight[place]),
                    float(found.values[:, place].min()),
                    float(found.values[:, place].max()),
                    _direction(found, place),
                )
                for place, name in enumerate(found.names)
            ),
            caption="Every feature shown, with its mean absolute, lowest and highest contribution",
            folded=True,
        ),
    )


def lone_feature_table(separators: Sequence[LoneSeparator], *, most: int = 10) -> Table:
    """Which feature alone separates? The ``most`` telling ones, most telling first."""
    order = sorted(separators, key=lambda one: (-max(one.auc, one.accuracy), one.column))[:most]
    telling = sum(max(one.auc, one.accuracy) >= TELLING for one in separators)
    answer = {0: "none does", 1: "one does"}.get(telling, f"{telling} do")
    return Table(
        columns=(
            "feature",
            Column("AUC alone", 3),
            Column("balanced accuracy alone", 3),
            Column("one-sided share", 3),
            "separates",
        ),
        rows=tuple(
            (
                one.column,
                one.auc,
                one.accuracy or None,
                one.one_sided,
                Badge("yes", "warn") if max(one.auc, one.accuracy) >= TELLING else "no",
            )
            for one in order
        ),
        caption=(
            "Which feature alone separates attacks from the rest (AUC or balanced accuracy of "
            f"{TELLING:g} or more)? Of {len(separators)}, {answer}."
        ),
    )


def _attacks_in_words(rows: Sequence[AttackRow], unseen: Mapping[str, float]) -> str:
    total, caught = sum(row.rows for row in rows), sum(row.caught for row in rows)
    kinds = f"{len(rows)} kinds" if len(rows) > 1 else "one kind"
    worst = min(rows, key=lambda row: (row.recall.value, -row.rows))
    said = (
        f"{caught:,} of {total:,} attacks of {kinds} are caught at the threshold; the least found is "
        f"{worst.attack}, {worst.caught:,} of {worst.rows:,}. Recall at a stated false-positive rate is at the "
        f"threshold that all benign rows set."
    )
    if unseen:
        mean = float(np.mean(list(unseen.values())))
        said += (
            f"\n\nOf {len(unseen)} kinds held out of training in turn, models that had never seen the kind caught "
            f"{mean:.1%} on average over the kinds."
        )
    return said


def _attack_caveats(rows: Sequence[AttackRow]) -> tuple[Block, ...]:
    few = [row.attack for row in rows if row.rows < FEW_ROWS]
    under = [row.attack for row in rows if row.auc < 0.5 and row.rows >= FEW_ROWS]
    said = []
    if few:
        said.append(f"fewer than {FEW_ROWS} rows, so that their recall says little: {_listed(few)}")
    if under:
        said.append(f"scored lower than benign rows more often than not: {_listed(under)}")
    return (CaveatList(tuple(said)),) if said else ()


def _listed(names: Sequence[str], most: int = 8) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _direction(found: Contributions, place: int) -> str | None:
    """Whether high values raise the score: by the rank correlation of value and contribution."""
    from scipy.stats import rankdata

    data, values = found.data[:, place], found.values[:, place]
    if found.categories[place] or not np.isfinite(data).all() or np.ptp(data) == 0 or np.ptp(values) == 0:
        return None
    rho = float(np.corrcoef(rankdata(data), rankdata(values))[0, 1])
    return "yes" if rho >= 0.3 else "no, it falls" if rho <= -0.3 else "neither"
