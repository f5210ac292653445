"""What stands behind the columns of the table, as pictures and tables of the report."""

import numpy as np

from garrison.assurance import Block, Column, Picture, Table, Text
from garrison.assurance.pictures import curve_picture, log_roc_picture, reconstructions_picture
from garrison.evaluation import psnr
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.inversion import InvertedModels
from garrison.pipelines.federating.membership import FoundInCells
from garrison.pipelines.federating.party_members import FoundInUpdates
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import TrainedCells, rounds_of
from garrison.pipelines.federating.updates import ADVERSARIES, InvertedUpdates

POINTS = 60


def recovered_images(cells: tuple[Cell, ...], updates: InvertedUpdates) -> tuple[Block, ...]:
    """For each cell, true images above what a curious server made of an update, of the first seed."""
    best, blocks = updates.best(), []
    for network in dict.fromkeys(cell.network for cell in cells):
        rows, notes = {}, {}
        for cell in cells:
            trial = best.get((cell.key, "curious server", 0))
            kept = updates.pictures(trial) if trial is not None and cell.network == network else None
            if trial is None or kept is None:
                continue
            found = trial.recovered
            made = f"{cell.way_title}, by {found.attack}: {found.identified.value:.0%} identified"
            rows[f"{cell.way_title}: true"], rows[made] = kept
            notes[made] = [f"{each:.0f} dB" for each in psnr(kept[1], kept[0])]
        if rows:
            blocks.append(
                reconstructions_picture(
                    f"{network}: what a curious server makes of an update", rows, notes=notes
                )
            )
    return tuple(blocks)


def updates_table(cells: tuple[Cell, ...], updates: InvertedUpdates) -> Table:
    """Every attack on updates by size, as means over the seeds."""
    rows = []
    keys = dict.fromkeys(
        (each.cell, each.adversary, each.images, each.epochs, each.recovered.attack)
        for each in updates.trials
    )
    titles = {cell.key: cell.title for cell in cells}
    for key in keys:
        there = [
            each.recovered
            for each in updates.trials
            if (each.cell, each.adversary, each.images, each.epochs, each.recovered.attack) == key
        ]
        flags = sorted({flag.name for each in there for flag in each.flags})
        rows.append(
            (
                titles[key[0]],
                *key[1:],
                float(np.mean([each.identified.value for each in there])),
                float(np.mean([each.psnr.value for each in there])),
                float(np.mean([each.ssim.value for each in there])),
                ", ".join(flags),
            )
        )
    order = {adversary: place for place, adversary in enumerate(ADVERSARIES)}
    rows.sort(key=lambda row: (list(titles.values()).index(str(row[0])), order[row[1]]))
    return Table(
        columns=(
            "model",
            "adversary",
            "images a party",
            "epochs",
            "attack",
            Column("identified", 3),
            Column("PSNR, dB", 1),
            Column("SSIM", 3),
            "flags",
        ),
        rows=tuple(rows),
        caption="Gradient inversion, attack by attack, means over the seeds",
        folded=True,
    )


def drawn_classes(cells: tuple[Cell, ...], inverted: InvertedModels) -> tuple[Block, ...]:
    """For each cell, what was drawn of the classes of the model of the first seed."""
    blocks: list[Block] = [
        Text(
            "An image is drawn for each class. An evaluator that learnt from other images says what it shows; it is "
            f"right about {inverted.evaluator_accuracy:.1%} of the test images."
        )
    ]
    best = inverted.best()
    for network in dict.fromkeys(cell.network for cell in cells):
        rows = {}
        for cell in cells:
            attempt = best.get((cell.key, 0))
            drawn = inverted.pictures(attempt) if attempt is not None and cell.network == network else None
            if attempt is not None and drawn is not None:
                share = attempt.found.recognised.value
                rows[f"{cell.way_title}, by {attempt.found.attack}: {share:.0%} recognised"] = drawn
        if rows:
            blocks.append(
                reconstructions_picture(f"{network}: classes drawn from the final model", rows, most=10)
            )
    return tuple(blocks)


def member_curves(
    cells: tuple[Cell, ...], members: FoundInCells, sent: FoundInUpdates | None
) -> tuple[Block, ...]:
    """ROC curves over all models of a cell, from the final model and from updates."""
    blocks: list[Block] = []
    for network in dict.fromkeys(cell.network for cell in cells):
        own = [cell for cell in cells if cell.network == network]
        lines = {cell.way_title: _mean_curve(members.of(cell)) for cell in own}
        blocks.append(
            log_roc_picture(
                f"{network}: members found by an outsider, mean over the models",
                lines,
                x="others accused",
                y="members found",
            )
        )
        if sent is not None:
            found = {cell.way_title: _mean_curve(sent.of(cell)) for cell in own if sent.of(cell)}
            blocks.append(
                log_roc_picture(
                    f"{network}: a party's images found by a curious server",
                    found,
                    x="others accused",
                    y="its images found",
                )
            )
    return tuple(blocks)


def rounds_picture(settings: FederatedSettings, trained: TrainedCells) -> tuple[Picture, ...]:
    """Accuracy on the validation images against rounds, of the first seed; nothing where there are none."""
    lines = {}
    for cell in settings.cells:
        points = [
            (float(one.number), one.accuracy)
            for one in rounds_of(trained.of(cell)[0])
            if one.accuracy is not None
        ]
        if points:
            lines[cell.title] = tuple(points)
    if not lines:
        return ()
    return (
        curve_picture(
            "Accuracy on validation images, first seed",
            lines,
            x="round, or epoch of pooled training",
            y="accuracy",
        ),
    )


def _mean_curve(found: list) -> tuple[tuple[float, float], ...]:  # type: ignore[type-arg]
    rates = np.geomspace(1e-3, 1, POINTS)
    curves = [np.interp(rates, [x for x, _ in each.roc], [y for _, y in each.roc]) for each in found]
    return tuple(zip(rates.tolist(), np.mean(curves, axis=0).tolist(), strict=True))
