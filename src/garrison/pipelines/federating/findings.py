"""What was measured of every cell over the seeds, and which differences between cells are more than chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from garrison.evaluation import Interval, mean_interval
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.columns import MEASURES, Measure


@dataclass(frozen=True)
class Measured:
    """One figure of one model: of the cell, by the seed. ``by_construction``: nothing had to be measured for it."""

    cell: str
    seed: int
    measure: str
    value: float
    by_construction: bool = False


@dataclass(frozen=True)
class Entry:
    """A cell's figure over its seeds: the mean, with its interval from two seeds on."""

    cell: Cell
    measure: Measure
    values: tuple[float, ...]
    interval: Interval | None
    by_construction: bool = False

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return sum(self.values) / len(self.values)

    def __str__(self) -> str:
        """The mean and how far its interval reaches, as it stands in the table."""
        if self.by_construction:
            return f"{self.mean:g} (by construction)"
        if self.interval is None:
            return f"{self.mean:.3f}"
        reach = max(self.interval.high - self.mean, self.mean - self.interval.low)
        return f"{self.mean:.3f} ± {reach:.3f}"


@dataclass(frozen=True)
class Difference:
    """``second`` less ``first`` of one measure, paired by seed; ``sure`` says that 0 lies outside its interval."""

    measure: Measure
    first: Entry
    second: Entry
    interval: Interval

    @property
    def sure(self) -> bool:
        """Whether it is more than the seeds explain."""
        return not self.interval.low <= 0.0 <= self.interval.high


def entries(cells: Iterable[Cell], measured: Iterable[Measured]) -> tuple[Entry, ...]:
    """One entry for every cell and measure of which there is a figure, cell by cell."""
    found: dict[tuple[str, str], dict[int, Measured]] = {}
    for each in measured:
        found.setdefault((each.cell, each.measure), {})[each.seed] = each
    return tuple(
        _entry(cell, measure, found[cell.key, measure.key])
        for cell in cells
        for measure in MEASURES
        if (cell.key, measure.key) in found
    )


def differences(found: tuple[Entry, ...]) -> tuple[Difference, ...]:
    """Between ways of training one network, and between networks trained in one way, paired by seed.

    Figures that stand by construction, or for one seed alone, are not compared.
    """
    usable = [each for each in found if not each.by_construction and each.interval is not None]
    pairs = (
        (one, other)
        for one, other in combinations(usable, 2)
        if one.measure == other.measure
        and len(one.values) == len(other.values)
        and (one.cell.network == other.cell.network) != (one.cell.training == other.cell.training)
    )
    return tuple(Difference(one.measure, one, other, _gap(one, other)) for one, other in pairs)


def _entry(cell: Cell, measure: Measure, by_seed: dict[int, Measured]) -> Entry:
    values = tuple(by_seed[seed].value for seed in sorted(by_seed))
    by_construction = all(each.by_construction for each in by_seed.values())
    interval = None
    if len(values) > 1 and not by_construction:
        interval = mean_interval(values)
        low, high = max(interval.low, 0.0), min(interval.high, 1.0)
        interval = Interval(interval.value, low, high, interval.level, interval.method)
    return Entry(cell, measure, values, interval, by_construction)


def _gap(one: Entry, other: Entry) -> Interval:
    return mean_interval([b - a for a, b in zip(one.values, other.values, strict=True)])
