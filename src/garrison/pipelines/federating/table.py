"""The table that answers the question, and the words beside it, as blocks of a report."""

from garrison.assurance import Block, Column, Table, Text
from garrison.assurance.report.blocks import Cell as TableCell
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.columns import MEASURES, SEES
from garrison.pipelines.federating.conclusions import conclusions
from garrison.pipelines.federating.findings import Difference, Entry

NOT_MEASURED = "–"


def answer_blocks(
    cells: tuple[Cell, ...], found: tuple[Entry, ...], compared: tuple[Difference, ...]
) -> tuple[Block, ...]:
    """The table, who the adversaries are, and what follows."""
    return (main_table(cells, found), _adversaries(), Text(conclusions(found, compared)), _compared(compared))


def main_table(cells: tuple[Cell, ...], found: tuple[Entry, ...]) -> Table:
    """A row for each network and measure, with its adversary; a column for each way of training."""
    ways = {cell.training: cell.head for cell in cells}
    by_place = {(entry.cell.network, entry.cell.training, entry.measure.key): entry for entry in found}
    rows = tuple(
        (
            network,
            measure.told,
            *(_told(by_place.get((network, way, measure.key))) for way in ways),
        )
        for network in dict.fromkeys(cell.network for cell in cells)
        for measure in MEASURES
        if any((network, way, measure.key) in by_place for way in ways)
    )
    seeds = max((len(entry.values) for entry in found), default=0)
    return Table(
        columns=("network", "measure (adversary)", *ways.values()),
        rows=rows,
        caption=f"Means over {seeds} seeds and how far their 95 % intervals reach (Student's t); of all but accuracy, "
        "less is better; “all”: where data are pooled the server has every image",
    )


def _told(entry: Entry | None) -> TableCell:
    if entry is None:
        return NOT_MEASURED
    return "all" if entry.by_construction else str(entry)


def _adversaries() -> Table:
    return Table(
        columns=("adversary", "sees"),
        rows=tuple(SEES.items()),
        caption="Who the adversaries are; all of them know how the models were trained",
    )


def _compared(compared: tuple[Difference, ...]) -> Table:
    return Table(
        columns=(
            "measure",
            "from",
            "to",
            Column("difference", 3),
            Column("low", 3),
            Column("high", 3),
            "outside its interval",
        ),
        rows=tuple(
            (
                each.measure.told,
                each.first.cell.title,
                each.second.cell.title,
                each.interval.value,
                each.interval.low,
                each.interval.high,
                "yes" if each.sure else "no",
            )
            for each in compared
        ),
        caption="Every difference, paired by seed",
        strong=frozenset(place for place, each in enumerate(compared) if each.sure),
        folded=True,
    )
