"""The cells of the table: a network, trained in one way."""

from dataclasses import dataclass
from typing import Literal

Way = Literal["conventional", "federated", "private", "secure"]
WAYS: tuple[Way, ...] = ("conventional", "federated", "private", "secure")
"""Pooled data; parties that train together; the same with differential privacy; with secure aggregation."""


@dataclass(frozen=True)
class Cell:
    """One network trained in one way; ``epsilon`` is what a private one may spend.

    >>> Cell("cnn", "private", 2.0).key, Cell("mlp", "secure").title
    ('cnn-private-2', 'mlp: federated, secure aggregation')
    """

    network: str
    way: Way
    epsilon: float | None = None

    @property
    def key(self) -> str:
        """A name for files."""
        return f"{self.network}-{self.training}"

    @property
    def training(self) -> str:
        """The way of training, with its epsilon, as a name for files."""
        return self.way if self.epsilon is None else f"{self.way}-{self.epsilon:g}"

    @property
    def way_title(self) -> str:
        """The way of training, for people."""
        match self.way:
            case "conventional":
                return "pooled"
            case "private":
                return f"federated, DP ε = {self.epsilon:g}"
            case "secure":
                return "federated, secure aggregation"
            case way:
                return way

    @property
    def head(self) -> str:
        """The way of training in a word or two, over a column."""
        match self.way:
            case "conventional":
                return "pooled"
            case "private":
                return f"DP, ε = {self.epsilon:g}"
            case "secure":
                return "secure sum"
            case way:
                return way

    @property
    def title(self) -> str:
        """Network and way, for people."""
        return f"{self.network}: {self.way_title}"

    @property
    def federated(self) -> bool:
        """Whether the data stay with the parties."""
        return self.way != "conventional"


def cells_of(
    networks: tuple[str, ...], ways: tuple[Way, ...], epsilons: tuple[float, ...]
) -> tuple[Cell, ...]:
    """Every network in every way, in the order of ``networks``, then of ``ways``; ``private`` once for each epsilon.

    >>> [cell.key for cell in cells_of(("mlp",), ("federated", "private"), (8.0, 2.0))]
    ['mlp-federated', 'mlp-private-8', 'mlp-private-2']
    """
    return tuple(
        cell
        for network in networks
        for way in ways
        for cell in (
            [Cell(network, way, epsilon) for epsilon in epsilons]
            if way == "private"
            else [Cell(network, way)]
        )
    )
