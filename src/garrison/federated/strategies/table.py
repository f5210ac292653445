"""The strategies by name. A new one is a line of ``STRATEGIES``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from garrison.errors import UsageError
from garrison.federated.extra import need_flower

if TYPE_CHECKING:
    from flwr.serverapp.strategy import Strategy


PULL = "proximal_mu"


@dataclass(frozen=True)
class StrategyKind:
    """Which class of ``flwr.serverapp.strategy`` it is, its own parameters, and what it needs to see.

    ``memory`` are the attributes that carry over from one round to the next. ``sees_parties`` is true of those that
    compare the parties' updates with one another: they cannot work on a sum that hides them. ``pulls`` is true of those
    whose parties are pulled back to what they were sent, which is no part of DP-SGD's steps.
    """

    flower: str
    source: str
    parameters: Mapping[str, float]
    memory: tuple[str, ...] = ()
    sees_parties: bool = False

    @property
    def pulls(self) -> bool:
        """Whether the parties' own steps are pulled back to the weights that they were sent."""
        return PULL in self.parameters


STRATEGIES: dict[str, StrategyKind] = {
    "fedavg": StrategyKind("FedAvg", "McMahan et al., AISTATS 2017", {}),
    "fedavgm": StrategyKind(
        "FedAvgM",
        "Hsu, Qi, Brown 2019",
        {"server_learning_rate": 1.0, "server_momentum": 0.9},
        memory=("momentum_vector",),
    ),
    "fedprox": StrategyKind("FedProx", "Li et al., MLSys 2020", {PULL: 0.01}),
    "fedadam": StrategyKind(
        "FedAdam",
        "Reddi et al., ICLR 2021",
        {"eta": 0.01, "beta_1": 0.9, "beta_2": 0.99, "tau": 0.001},
        memory=("m_t", "v_t"),
    ),
    "krum": StrategyKind(
        "Krum", "Blanchard et al., NeurIPS 2017", {"num_malicious_nodes": 0}, sees_parties=True
    ),
    "trimmed_mean": StrategyKind("FedTrimmedAvg", "Yin et al., ICML 2018", {"beta": 0.2}, sees_parties=True),
    "median": StrategyKind("FedMedian", "Yin et al., ICML 2018", {}, sees_parties=True),
}
"""How a server makes one model of the parties', by name."""


def check_strategy(name: str, parameters: Mapping[str, float]) -> StrategyKind:
    """The strategy of that name; ``UsageError`` when there is none, or it takes no such parameter.

    >>> check_strategy("fedavgm", {"server_momentum": 0.95}).flower
    'FedAvgM'
    """
    if name not in STRATEGIES:
        raise UsageError(f"no strategy is called {name!r}", expected=f"one of {', '.join(STRATEGIES)}")
    kind = STRATEGIES[name]
    if unknown := [each for each in parameters if each not in kind.parameters]:
        raise UsageError(
            f"the strategy {name!r} takes no {unknown[0]!r}",
            expected=", ".join(kind.parameters) or "no parameters",
        )
    return kind


def check_private_strategy(name: str) -> None:
    """``UsageError`` where parties that train with DP-SGD would make another strategy of it than its name says."""
    if check_strategy(name, {}).pulls:
        others = [other for other, kind in STRATEGIES.items() if not kind.pulls]
        raise UsageError(
            f"the pull of {name!r} is no part of DP-SGD's steps: it would be fedavg by another name",
            expected=f"with privacy at the parties, one of {', '.join(others)}",
        )


def pull_of(name: str, parameters: Mapping[str, float]) -> float:
    """How strongly a party is pulled back to the weights that it was sent (mu of FedProx); 0 of all other strategies.

    >>> pull_of("fedprox", {}), pull_of("fedavg", {})
    (0.01, 0.0)
    """
    return float({**check_strategy(name, parameters).parameters, **parameters}.get(PULL, 0.0))


def build_strategy(name: str, parameters: Mapping[str, float]) -> "Strategy":
    """Flower's strategy of that name, ready to aggregate whatever it is given.

    Which parties are asked is not its choice: it takes all that it is shown. ``UsageError`` when a parameter is out of
    range.
    """
    kind = check_strategy(name, parameters)
    need_flower()
    from flwr.serverapp import strategy

    whole: dict[str, Any] = {**kind.parameters, **parameters}
    for each, default in kind.parameters.items():
        if isinstance(default, int) and not isinstance(default, bool):
            whole[each] = int(whole[each])
    try:
        made: Strategy = getattr(strategy, kind.flower)(
            min_train_nodes=1, min_evaluate_nodes=1, min_available_nodes=1, **whole
        )
    except (ValueError, TypeError) as error:
        raise UsageError(f"the strategy {name!r} cannot be made: {error}", where=f"{whole}") from error
    return made
