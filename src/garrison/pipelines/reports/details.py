"""Sections of a run's report that tell quality by kind of attack, by value, and on further test parts."""

import numpy as np
from numpy.typing import NDArray

from garrison.assurance import Block, Column, Picture, Section, Table, Text, attack_recall_picture
from garrison.evaluation import AttackRow, ValueRow
from garrison.pipelines.reports.attacks import attack_blocks, slice_blocks
from garrison.pipelines.stages.evaluation import Evaluation
from garrison.pipelines.stages.training import Training
from garrison.pipelines.threshold_rule import UNKNOWN

SHOWN = ("accuracy", "precision", "recall", "f1", "auc", "recall_at_fpr", "false_positive_rate")


def detail_pictures(training: Training, evaluation: Evaluation) -> dict[str, Picture]:
    """The recall of each kind of attack, where attacks have names."""
    rows = _attack_rows(evaluation)
    if not rows:
        return {}
    return {"attacks": attack_recall_picture(rows, held_out=_unseen(training))}


def detail_sections(
    training: Training, evaluation: Evaluation, pictures: dict[str, Picture]
) -> tuple[Section, ...]:
    """By kind of attack, attacks held out of training, by value, and further test parts: those there are."""
    found: list[Section] = []
    if rows := _attack_rows(evaluation):
        blocks = attack_blocks(rows, picture=pictures["attacks"], held_out=_unseen(training))
        found.append(Section("By kind of attack", blocks))
    if training.unseen:
        found.append(Section("Attacks that training never saw", _unseen_blocks(training)))
    for column, values in evaluation.by_value.items():
        listed = tuple(ValueRow(**value) for value in values)
        found.append(Section(f"By {column}", slice_blocks(column, listed)))
    if evaluation.further:
        found.append(Section("Further test parts", (_further_table(evaluation),)))
    return tuple(found)


def held_out_scores(training: Training) -> NDArray[np.float64] | None:
    """The scores of all attacks that were held out of training; None where none were."""
    held = training.held_out()
    return None if held is None else np.concatenate(list(held.attacks.values()))


def further_results(evaluation: Evaluation) -> tuple[tuple[str, str, str], ...]:
    """One line a further test part, for the table that a run prints."""
    return tuple(
        (f"accuracy on {name}", f"{found['accuracy']:.4f}", f"AUC {found['auc']:.4f}")
        for name, found in evaluation.further.items()
    )


def _attack_rows(evaluation: Evaluation) -> tuple[AttackRow, ...]:
    return tuple(AttackRow.from_dict(row) for row in evaluation.by_attack)


def _unseen(training: Training) -> dict[str, float] | None:
    return {row["attack"]: row["recall"] for row in training.unseen} if training.unseen else None


def _unseen_blocks(training: Training) -> tuple[Block, ...]:
    rows = training.unseen or []
    mean = float(np.mean([row["recall"] for row in rows]))
    area = float(np.mean([row["auc"] for row in rows]))
    missed = [row["attack"] for row in rows if row["recall"] < 0.5]
    return (
        Text(
            f"Each of the {len(rows)} kinds of attack in the training part was left out in turn, together with a part "
            f"of the benign rows, and scored by a model that had seen neither. {_threshold_of(training)}, {mean:.1%} "
            f"of a kind is caught on average (AUC {area:.3f}). At the detector's threshold {training.false_alarms:.2%} "
            f"of the benign rows are flagged out of fold. "
            + (
                f"Less than half is caught of {', '.join(missed)}."
                if missed
                else "Of every kind at least half."
            )
        ),
        Table(
            columns=("attack", "rows", Column("recall", 3), Column("AUC", 3), Column("mean score", 3)),
            rows=tuple(
                (row["attack"], row["rows"], row["recall"], row["auc"], row["mean_score"]) for row in rows
            ),
            caption="Every kind of attack, by models trained without it",
            folded=len(rows) > 12,
        ),
    )


def _threshold_of(training: Training) -> str:
    if training.threshold_rule != UNKNOWN:
        return "At the detector's threshold"
    return "At the threshold that the other kinds would have placed"


def _further_table(evaluation: Evaluation) -> Table:
    return Table(
        columns=("test part", "rows", *(Column(name.replace("_", " "), 4) for name in SHOWN)),
        rows=tuple(
            (name, int(found["rows"]), *(found[key] for key in SHOWN))
            for name, found in evaluation.further.items()
        ),
        caption="Judged by the first test part alone; these are for comparison with published figures",
    )
