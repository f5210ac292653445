"""How a scorecard is made, checked before anything is read."""

from dataclasses import dataclass

from garrison.assurance import Gate
from garrison.assurance.scorecard import PART_NAMES
from garrison.errors import UsageError
from garrison.pipelines.asked_numbers import check_numbers
from garrison.pipelines.judging.parts import PARTS


@dataclass(frozen=True)
class Asked:
    """How a scorecard is made: which parts (none: all), what gates bound, how many rows, how long."""

    parts: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()
    rows: int = 100
    seed: int = 0
    seconds: float | None = None
    jobs: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, before anything is read."""
        for name in self.parts:
            if name not in PARTS:
                raise UsageError(f"a scorecard has no part {name!r}", expected="one of " + ", ".join(PARTS))
        check_numbers(rows=self.rows, seed=self.seed, seconds=self.seconds)

    @property
    def measured(self) -> tuple[str, ...]:
        """The parts that are measured, in their order: those that were chosen, and those that gates need."""
        chosen = self.parts or tuple(PARTS)
        needed = {gate.figure.part for gate in self.gates}
        return tuple(name for name in PART_NAMES if name in PARTS and (name in chosen or name in needed))
