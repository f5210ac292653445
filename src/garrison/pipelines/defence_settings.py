"""The settings of defences: which are applied to the detector, with which parameters, and how their price is found."""

from typing import Any

from pydantic import Field, field_validator, model_validator

from garrison.defences import named
from garrison.errors import SettingsError
from garrison.run.settings import Section


class DefenceSettings(Section):
    """What is done so that the detector is harder to evade; nothing where no defence is named."""

    names: tuple[str, ...] = Field(
        default=(),
        description="the defences, by name: sanitising, robust_features, monotone, rejection, adversarial_training",
    )
    params: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="for each defence, parameters in place of its defaults"
    )
    aside: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="the part of the training rows that defences choose by, and the threshold is placed on",
    )
    attacks: tuple[str, ...] = Field(
        default=(),
        description="the attacks that the price is found with; default: one that knows the model, and boundary",
    )
    rows: int = Field(default=100, ge=1, description="malicious test events that are attacked for the price")
    epsilons: tuple[float, ...] = Field(
        default=(0.5, 1.0, 2.0), description="costs at which detection is told, in standard deviations"
    )

    @model_validator(mode="after")
    def _known(self) -> "DefenceSettings":
        """Refuse what no defence takes at the edge, and not after minutes of training."""
        try:
            for name in {*self.names, *self.params}:
                named(name, self.params.get(name))
        except SettingsError as error:
            raise ValueError(f"{error.what}; {error.expected}; {error.remedy}".strip("; ")) from error
        return self

    @field_validator("epsilons")
    @classmethod
    def _costs(cls, costs: tuple[float, ...]) -> tuple[float, ...]:
        if not costs or not all(0 < cost < 1e6 for cost in costs):
            raise ValueError("one or more numbers above 0")
        return costs
