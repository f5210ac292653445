"""Stage 6, scorecards: one for each cell, in the same form as those of detectors, so that the same gates judge it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from garrison.assurance import read_gates, render_report
from garrison.assurance.figure_names import HYGIENE, LEAKAGE, QUALITY, SPEED
from garrison.assurance.scorecard import Doubt, Figure, Part, Scorecard, scorecard_report
from garrison.federated import NetworkModel
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides
from garrison.pipelines.federating.findings import Entry
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import TrainedCells, model_folder, saved_model

CALLS = 200


@dataclass(frozen=True)
class CardsOfCells(Artifact):
    """A scorecard for each cell, as JSON values; its page is ``CELL.html``."""

    cards: dict[str, dict[str, Any]]

    def of(self, cell: Cell) -> Scorecard:
        """That of a cell."""
        return Scorecard.model_validate(self.cards[cell.key])


def make_cards(
    settings: FederatedSettings,
    sides: Sides,
    trained: TrainedCells,
    found: tuple[Entry, ...],
    out: Path,
    *,
    run: Path,
) -> CardsOfCells:
    """Every cell's figures in one scorecard, as JSON and as a page, judged by the gates of the settings."""
    gates = read_gates(settings.gates)
    cards = {}
    for cell in settings.cells:
        own = tuple(entry for entry in found if entry.cell == cell)
        card = _card(settings, sides, trained, cell, own, run).judge(gates)
        card.write(out / f"{cell.key}.json")
        render_report(scorecard_report(card), out / f"{cell.key}.html")
        cards[cell.key] = card.model_dump(mode="json")
    return CardsOfCells(folder=out, cards=cards)


def _card(
    settings: FederatedSettings,
    sides: Sides,
    trained: TrainedCells,
    cell: Cell,
    found: tuple[Entry, ...],
    run: Path,
) -> Scorecard:
    rows = trained.of(cell)
    model = saved_model(run, rows[0])
    return Scorecard(
        model=f"{settings.name}: {cell.title}",
        name=settings.name,
        version=None,
        digest=str(rows[0]["digest"]),
        family=cell.key,
        data=f"the test images of {sides.name}",
        rows=len(sides.test_y),
        own_test=True,
        seed=settings.seed,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=(
            _quality(found),
            _hygiene(sides),
            _leakage(settings, found),
            _speed(model, sides, model_folder(run, cell, 0)),
        ),
    )


def _quality(found: tuple[Entry, ...]) -> Part:
    return Part(
        name=QUALITY,
        title="Quality",
        protocol="Accuracy over all classes on test images, looked at once for each model.",
        figures=_figures(found, {"accuracy": "accuracy"}),
    )


def _hygiene(sides: Sides) -> Part:
    seen = {each.tobytes() for each in sides.pool_x}
    share = float(np.mean([each.tobytes() in seen for each in sides.test_x]))
    return Part(
        name=HYGIENE,
        title="Hygiene of the data",
        protocol="Test images that equal an image of the pool, pixel by pixel.",
        figures=(Figure.measured("hygiene.seen_rows", share, protocol=f"{len(sides.test_x):,} test images"),),
    )


def _leakage(settings: FederatedSettings, found: tuple[Entry, ...]) -> Part:
    names = {
        "membership": "membership.auc",
        "membership_tpr": "membership.tpr@fpr=0.01",
        "membership_server": "membership.update_auc",
        "inversion": "inversion.recognised",
    }
    if settings.attacks.updates is not None:
        names["updates_server"] = f"updates.identified@images={settings.attacks.updates.images[-1]}"
    figures = _figures(found, names)
    return Part(
        name=LEAKAGE,
        title="Leakage of the training data",
        protocol="Model inversion, gradient inversion and membership inference on the finished models; each figure "
        "names its adversary.",
        figures=figures,
        not_measured=None if figures else "the settings leave all attacks out",
    )


def _speed(model: NetworkModel, sides: Sides, folder: Path) -> Part:
    taken = []
    for place in range(CALLS):
        begun = time.perf_counter()
        model.probabilities(sides.test_x[place % len(sides.test_x)][np.newaxis])
        taken.append((time.perf_counter() - begun) * 1e3)
    begun = time.perf_counter()
    model.probabilities(sides.test_x)
    rate = len(sides.test_x) / (time.perf_counter() - begun)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    p50, p99 = np.percentile(taken, (50, 99))
    how = f"{CALLS} images one by one in this process"
    return Part(
        name=SPEED,
        title="Speed and size",
        protocol="Wall clock of this machine, with whatever else it was doing.",
        figures=(
            Figure.measured("latency.p50_ms", p50, protocol=how),
            Figure.measured("latency.p99_ms", p99, protocol=how),
            Figure.measured("throughput.rows_per_s", rate, protocol=f"{len(sides.test_x):,} images at once"),
            Figure.measured("size.mb", size / 1e6, protocol="all files of the saved model"),
        ),
    )


def _figures(found: tuple[Entry, ...], names: dict[str, str]) -> tuple[Figure, ...]:
    figures = []
    for entry in found:
        name = names.get(entry.measure.key)
        if name is None:
            continue
        against = f"against the {entry.measure.adversary}; " if entry.measure.adversary else ""
        few = Doubt(name="one_seed", why="one model alone was measured, so that chance is not known")
        figures.append(
            Figure.measured(
                name,
                entry.mean,
                low=None if entry.interval is None else entry.interval.low,
                high=None if entry.interval is None else entry.interval.high,
                protocol=f"{against}mean of {len(entry.values)} models trained alike"
                + ("; by construction" if entry.by_construction else ""),
                doubts=() if entry.interval is not None or entry.by_construction else (few,),
            )
        )
    return tuple(figures)
