"""The settings of the federated pipeline: one section an idea, every value typed and checked once at the edge."""

from collections.abc import Collection
from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, field_validator, model_validator

from garrison.assurance import read_gates
from garrison.attacks.privacy.gradient_inversion import GRADIENT_INVERSIONS
from garrison.attacks.privacy.inversion import INVERSIONS
from garrison.data.configs import config_file, config_folder
from garrison.errors import SettingsError, UsageError
from garrison.federated import NETWORKS, PARTITIONS
from garrison.federated.strategies import check_private_strategy, check_strategy
from garrison.pipelines.federating.cells import WAYS, Cell, Way, cells_of
from garrison.pipelines.settings import PusherSettings
from garrison.pipelines.untracked import untracked_environment
from garrison.run.settings import Section, load_settings

PIPELINE = "federated"
DEFAULT = "digits.yml"


def _known(names: tuple[str, ...], there: Collection[str]) -> tuple[str, ...]:
    """The names, each of which is ``there``."""
    for name in names:
        if name not in there:
            raise ValueError(f"{name!r} is none; one of " + ", ".join(there))
    return names


class DataSettings(Section):
    """Which images, and how many."""

    name: str = Field(default="mnist", description="`mnist`, or `digits`, which come with scikit-learn")
    pool: int | None = Field(
        default=None, ge=20, description="training images that are used, drawn by the seed; default: all"
    )
    test: int | None = Field(default=None, ge=10, description="test images that are used; default: all")
    validation: int = Field(
        default=0, ge=0, description="training images set aside to choose by; never learnt from nor tested on"
    )


class PartiesSettings(Section):
    """Who has which images."""

    count: int = Field(default=10, ge=1, le=100_000, description="the number of parties")
    partition: str = Field(default="iid", description="iid, two_digits (two classes a party) or dirichlet")

    @field_validator("partition")
    @classmethod
    def _known_partition(cls, name: str) -> str:
        return _known((name,), PARTITIONS)[0]

    alpha: float = Field(default=0.5, gt=0, description="dirichlet: smaller is less alike")
    fraction: float = Field(default=1.0, gt=0, le=1, description="the share of the parties asked in a round")
    minimum: int = Field(default=2, ge=1, description="fewer usable updates end the training")


class FederationSettings(Section):
    """How parties train together."""

    rounds: int = Field(default=20, ge=1, description="rounds")
    epochs: int = Field(default=1, ge=1, le=100, description="local epochs a round")
    batch: int = Field(default=10, ge=1, description="images a local step")
    learning_rate: float = Field(default=0.05, gt=0, description="of the local steps")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="of the local steps")
    weight_decay: float = Field(default=0.0, ge=0, description="of the local steps")
    decay: float = Field(
        default=1.0, gt=0, le=1, description="the learning rate's factor from round to round"
    )
    strategy: str = Field(
        default="fedavg", description="fedavg, fedavgm, fedprox, fedadam, krum, trimmed_mean, median"
    )
    options: dict[str, float] = Field(default_factory=dict, description="the strategy's own parameters")
    evaluate_every: int = Field(default=1, ge=1, description="rounds between looks at the validation images")
    until_accuracy: float | None = Field(
        default=None, gt=0, lt=1, description="stop after the round that reaches this accuracy on them"
    )

    @model_validator(mode="after")
    def _known_strategy(self) -> "FederationSettings":
        try:
            check_strategy(self.strategy, self.options)
        except UsageError as error:
            raise ValueError(f"{error.what}; {error.expected}") from error
        return self


class ConventionalSettings(Section):
    """How one model learns from pooled images."""

    epochs: int = Field(default=20, ge=1, description="epochs")
    batch: int = Field(default=10, ge=1, description="images a step")
    learning_rate: float = Field(default=0.05, gt=0, description="of the steps")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="of the steps")
    weight_decay: float = Field(default=0.0, ge=0, description="of the steps")
    decay: float = Field(
        default=1.0, gt=0, le=1, description="the learning rate's factor from epoch to epoch"
    )


class PrivateSettings(Section):
    """Differential privacy at the party (DP-SGD), for the cells that have it."""

    epsilons: tuple[PositiveFloat, ...] = Field(
        default=(8.0, 2.0), description="what a party's records may lose; a cell for each"
    )
    delta: float = Field(default=1e-5, gt=0, lt=1, description="of (epsilon, delta)")
    max_grad_norm: float = Field(default=1.0, gt=0, description="where each example's gradient is clipped")
    batch: int = Field(default=50, ge=1, description="images a step, on average")
    learning_rate: float = Field(default=0.1, gt=0, description="of the local steps")
    momentum: float = Field(default=0.0, ge=0, lt=1, description="of the local steps")


class InversionSettings(Section):
    """Model inversion: from the final model to an image for each class."""

    attacks: tuple[str, ...] = Field(
        default=tuple(INVERSIONS), min_length=1, description="the attacks; the best counts"
    )
    steps: int = Field(default=200, ge=1, description="steps of each attack")
    taught: int = Field(default=5_000, ge=50, description="images that the evaluator learns from, at most")

    @field_validator("attacks")
    @classmethod
    def _known_attacks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, INVERSIONS)


class UpdatesSettings(Section):
    """Gradient inversion: from what a party sends in the first round to its images."""

    images: tuple[PositiveInt, ...] = Field(
        default=(1, 8), min_length=1, description="images that the party has; the last is the table's"
    )
    epochs: tuple[PositiveInt, ...] = Field(
        default=(1,), min_length=1, description="local epochs; the first is the table's"
    )
    attacks: tuple[str, ...] = Field(
        default=("first_layer", "cosine"), min_length=1, description="the attacks; the best counts"
    )
    steps: int = Field(default=300, ge=1, description="steps of the attacks that go down a slope")
    parties: int = Field(default=4, ge=2, description="parties in a round whose sum is all that is seen")
    candidates: int = Field(
        default=10_000, ge=10, description="images among which the true one is to be found"
    )
    labels: bool = Field(default=True, description="whether the adversary knows the labels")

    @field_validator("attacks")
    @classmethod
    def _known_attacks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, GRADIENT_INVERSIONS)


class MembershipSettings(Section):
    """Membership inference: which images did the model learn from."""

    records: int = Field(
        default=2_000, ge=20, description="images that are asked about, half of them members"
    )


class AttackSettings(Section):
    """The attacks on the finished models; null leaves one out."""

    inversion: InversionSettings | None = InversionSettings()
    updates: UpdatesSettings | None = UpdatesSettings()
    membership: MembershipSettings | None = MembershipSettings()


class CellPusherSettings(PusherSettings):
    """Which cell's model is kept in the registry, and where it goes from there."""

    cell: str | None = Field(
        default=None, description="the cell, such as cnn-federated or mlp-private-8; null: nothing is pushed"
    )
    margin: float = Field(
        default=0.0,
        ge=-1,
        le=1,
        description="the whole interval of its gain in accuracy over the model in production must lie above this; "
        "-0.02 lets it be two points worse",
    )


class FederatedSettings(Section):
    """All settings of the federated pipeline."""

    name: str = Field(
        default=PIPELINE, pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="the run's models' name"
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="every draw comes from this seed")
    seeds: int = Field(default=6, ge=1, le=1000, description="models of each cell")
    jobs: int = Field(default=-1, ge=-1, le=1024, description="parallel processes; -1: one a core")
    networks: tuple[str, ...] = Field(
        default=("mlp", "cnn"), min_length=1, description="the networks compared"
    )
    ways: tuple[Way, ...] = Field(default=WAYS, min_length=1, description="the ways of training compared")
    data: DataSettings = DataSettings()
    parties: PartiesSettings = PartiesSettings()
    federation: FederationSettings = FederationSettings()
    conventional: ConventionalSettings = ConventionalSettings()
    private: PrivateSettings = PrivateSettings()
    attacks: AttackSettings = AttackSettings()
    gates: dict[str, str | None] = Field(
        default_factory=dict, description="bounds that every model's scorecard must keep; null: none"
    )
    pusher: CellPusherSettings = CellPusherSettings()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells of the table."""
        return cells_of(self.networks, self.ways, self.private.epsilons)

    @field_validator("networks")
    @classmethod
    def _known_networks(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, NETWORKS)

    @field_validator("gates")
    @classmethod
    def _known_gates(cls, stated: dict[str, str | None]) -> dict[str, str | None]:
        try:
            read_gates(stated)
        except SettingsError as error:
            raise ValueError(f"{error.what}; {error.expected}; {error.remedy}") from error
        return stated

    @model_validator(mode="after")
    def _enough_seeds(self) -> "FederatedSettings":
        """Membership needs shadows on both sides: the other models of a cell are the shadows of each."""
        if self.attacks.membership is not None and (self.seeds < 6 or self.seeds % 2):
            raise ValueError(
                "seeds: an even number from 6 on, since the other models of a cell are the shadow models of each; "
                "or attacks.membership: null"
            )
        return self

    @model_validator(mode="after")
    def _each_cell_once(self) -> "FederatedSettings":
        """A cell's folder and its rows go by its key."""
        keys = [cell.key for cell in self.cells]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(
                f"networks, ways, private.epsilons: {', '.join(twice)} is asked for more than once"
            )
        return self

    @model_validator(mode="after")
    def _strategy_of_private_cells(self) -> "FederatedSettings":
        if "private" in self.ways:
            try:
                check_private_strategy(self.federation.strategy)
            except UsageError as error:
                raise ValueError(
                    f"federation.strategy: {error.what}; {error.expected}; or leave private out of ways"
                ) from error
        return self

    @model_validator(mode="after")
    def _known_cell(self) -> "FederatedSettings":
        if self.pusher.cell is not None:
            _known((self.pusher.cell,), [cell.key for cell in self.cells])
        return self


def load_federated_settings(config: Path | None, *, overrides: tuple[str, ...] = ()) -> FederatedSettings:
    """The defaults, then ``config``, then the environment, then ``overrides``."""
    folder = config_folder(PIPELINE)
    file = None if config is None else config_file(PIPELINE, config)
    return load_settings(
        FederatedSettings,
        file=file,
        default=folder / DEFAULT,
        environment=untracked_environment(),
        overrides=overrides,
    )
