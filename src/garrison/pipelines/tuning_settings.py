"""The settings of `garrison tune`: how many trials, where, on which folds, over which space."""

from typing import Any, Literal

from pydantic import Field, field_validator

from garrison.errors import SettingsError
from garrison.run.settings import Section


class TuningSettings(Section):
    """How the parameters of one family are searched."""

    trials: int = Field(default=30, ge=1, le=100_000, description="trials of a study in all")
    workers: int = Field(default=1, ge=1, le=1024, description="trials made at a time, each by a process")
    pruning: Literal["median", "none"] = Field(
        default="median", description="median: a trial worse than half of the others after as many folds ends"
    )
    split: Literal["groups", "time"] = Field(
        default="groups",
        description="time: folds train on the past and test on what came next; groups: equal rows stay together",
    )
    space: dict[str, dict[str, dict[str, Any]]] = Field(
        default_factory=dict,
        description="for each family, the range of a parameter (low, high, log, step) or its choices; "
        "default: the family's own",
    )

    @field_validator("space")
    @classmethod
    def _known_space(
        cls, spaces: dict[str, dict[str, dict[str, Any]]]
    ) -> dict[str, dict[str, dict[str, Any]]]:
        from garrison.detection.tuning import read_space

        for family, space in spaces.items():
            try:
                read_space(family, space)
            except SettingsError as error:
                said = (error.what, error.where.replace("tuning.space.", ""), error.expected, error.remedy)
                raise ValueError("; ".join(filter(None, said))) from error
        return spaces
