"""The scorecard: everything that was measured of one model, with its gates, as one value and one JSON file."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from garrison.assurance.gates import Gate, GateResult
from garrison.assurance.scorecard.parts import Doubt, Figure, Part
from garrison.errors import DataError
from garrison.files import write_json

UNBELIEVED = frozenset({"cut", "too_few_samples", "trained_on_these_rows"})
"""Doubts that a figure does not stand: it keeps no gate, however good it looks."""
LARGEST = 20_000_000
"""Bytes of a scorecard that is read."""


class Scorecard(BaseModel):
    """What was measured of the model with the manifest digest ``digest``, on which rows, part by part.

    ``own_test`` says that the rows are the test part of the run that made the model. ``gates`` are bounds that were
    judged by these figures; ``when`` is UTC to the second. A model of several classes has no ``threshold`` and no
    ``malicious`` rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    model: str
    name: str
    version: int | None
    digest: str
    family: str
    threshold: FiniteFloat | None = None
    threshold_rule: str = ""
    data: str
    rows: int
    malicious: int | None = None
    refused: int = 0
    own_test: bool = False
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
        """The same, judged by these gates; a figure that was not measured, or is not believed, keeps no gate."""
        return self.model_copy(update={"gates": tuple(self.judged(gate) for gate in gates)})

    def judged(self, gate: Gate) -> GateResult:
        """What its figure says of one gate."""
        for part in self.parts:
            for figure in part.figures:
                if figure.name == gate.name:
                    names = {doubt.name for doubt in (*part.doubts, *figure.doubts)} & UNBELIEVED
                    doubted = {*names, *({"cut"} if part.cut else ())}
                    return gate.judge(figure.value, doubted=", ".join(sorted(doubted)))
        return gate.judge(None)

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
