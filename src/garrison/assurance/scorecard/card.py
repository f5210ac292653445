"""The scorecard: everything that was measured of one model, with its gates, as one value and one JSON file."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from garrison.assurance.gates import Gate, GateResult, judge_gates
from garrison.assurance.scorecard.parts import Doubt, Figure, Part
from garrison.errors import DataError
from garrison.files import write_json

LARGEST = 20_000_000
"""Bytes of a scorecard that is read."""


class Scorecard(BaseModel):
    """What was measured of the model with the manifest digest ``digest``, on which rows, part by part.

    ``gates`` are bounds that were judged by these figures; ``when`` is UTC to the second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    model: str
    name: str
    version: int | None
    digest: str
    family: str
    threshold: FiniteFloat
    threshold_rule: str
    data: str
    rows: int
    malicious: int
    refused: int
    seed: int
    when: str
    parts: tuple[Part, ...]
    gates: tuple[GateResult, ...] = ()

    @property
    def figures(self) -> dict[str, Figure]:
        """Every figure by its name."""
        return {figure.name: figure for part in self.parts for figure in part.figures}

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Every reason not to believe a figure, once each."""
        found = [doubt for part in self.parts for doubt in part.doubts]
        found += [doubt for figure in self.figures.values() for doubt in figure.doubts]
        return tuple(dict.fromkeys(found))

    @property
    def missed(self) -> tuple[GateResult, ...]:
        """The gates that were not kept."""
        return tuple(gate for gate in self.gates if not gate.passed)

    @property
    def seconds(self) -> float:
        """How long it took to measure all parts."""
        return sum(part.seconds for part in self.parts)

    def judge(self, gates: tuple[Gate, ...]) -> "Scorecard":
        """The same, judged by these gates; a figure that was not measured keeps no gate."""
        values = {name: figure.value for name, figure in self.figures.items()}
        return self.model_copy(update={"gates": judge_gates(gates, values)})

    def write(self, path: Path) -> Path:
        """Write it as JSON, whole or not at all."""
        write_json(path, self.model_dump(mode="json"))
        return path

    @classmethod
    def read(cls, path: Path) -> "Scorecard":
        """What ``write`` wrote; ``DataError`` when it is missing, damaged, or of another format."""
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise ValueError(f"more than {LARGEST:,} bytes")
            return cls.model_validate_json(content)
        except (OSError, ValidationError, ValueError) as error:
            said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise DataError(
                f"a scorecard cannot be read: {said}"[:300],
                where=str(path),
                expected="what `garrison scorecard` wrote",
                remedy="measure it again with `garrison scorecard`",
            ) from error
