"""How one party trains on what it has: stochastic gradient descent, with or without privacy for its records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import UsageError
from garrison.federated.ledger import Ledger
from garrison.federated.party_privacy import PartyPrivacy

if TYPE_CHECKING:
    import torch
    from torch import nn

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
AfterEpoch = Callable[[int, float], None]
PICTURES = 4
"""Dimensions of a batch of pictures; their channels are laid out last, which PyTorch is a sixth faster with."""


@dataclass(frozen=True)
class LocalTraining:
    """So many ``epochs`` over the records in batches of ``batch``, at this learning rate.

    ``decay`` multiplies the learning rate from one round to the next (from one epoch to the next where training is
    conventional). ``proximal`` is the pull back to the weights that the party was sent (mu of Li et al. 2020, FedProx).
    With ``private``, batches are Poisson samples of ``batch`` records on average, as its accounting wants them.
    """

    epochs: int = 1
    batch: int = 10
    learning_rate: float = 0.1
    momentum: float = 0.0
    weight_decay: float = 0.0
    proximal: float = 0.0
    decay: float = 1.0
    private: PartyPrivacy | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("epochs", self.epochs, 1), ("batch", self.batch, 1)):
            if value < least:
                raise UsageError(f"{name} is {value}", expected=f"{least} or more")
        for name in ("learning_rate", "decay"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UsageError(f"{name} is {getattr(self, name)}", expected="a number above 0")
        for name in ("momentum", "weight_decay", "proximal"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{name} is {getattr(self, name)}", expected="0 or more")

    def at_round(self, number: int) -> "LocalTraining":
        """With the learning rate of that round, the first being 1."""
        return replace(self, learning_rate=self.learning_rate * self.decay ** (number - 1))

    def steps(self, examples: int) -> int:
        """How many steps so many records take."""
        return self.epochs * -(-examples // self.batch)

    def rate(self, examples: int) -> float:
        """The share of the records that one step sees."""
        return min(1.0, self.batch / examples)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "LocalTraining":
        """From what ``to_dict`` wrote."""
        private = facts["private"]
        return cls(**{**facts, "private": PartyPrivacy.from_dict(private) if private is not None else None})


@dataclass(frozen=True)
class LocalResult:
    """What came of it: the mean ``loss`` of the last epoch, the number of ``examples``, and the noisy steps so far.

    ``epsilon`` is what those cost, None where nothing is private. The loss is that of true records: with privacy, it
    must not leave the party.
    """

    loss: float
    examples: int
    epsilon: float | None = None
    ledger: Ledger = field(default_factory=Ledger)


def train_locally(
    module: "nn.Module",
    x: Floats,
    y: Ints,
    how: LocalTraining,
    *,
    seed: int,
    noise_seed: int | None = None,
    ledger: Ledger | None = None,
    rates: Sequence[float] | None = None,
    after_epoch: AfterEpoch | None = None,
) -> LocalResult:
    """Train ``module`` in place on ``x``, float32 ``(n, …)``, and ``y``, int64 ``(n,)``.

    Equal arguments give equal weights on one machine. ``noise_seed`` draws the noise of differential privacy; whoever
    knows it can take the noise away, so None, for noise that nobody can draw again, is the choice wherever the
    parties are real. ``ledger`` holds the noisy steps taken before. ``rates`` gives a learning rate for each epoch, and
    ``after_epoch`` is told the number of each, from 1, and its loss.
    """
    import torch
    from torch.nn import functional

    if how.private is not None:
        from garrison.federated.private_steps import train_privately

        return train_privately(
            module, x, y, how, seed=seed, noise_seed=noise_seed, ledger=ledger, rates=rates, after=after_epoch
        )
    draws = np.random.default_rng(seed)
    optimizer = optimizer_of(module, how)
    if x.ndim == PICTURES:
        module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    sent = [weights.detach().clone() for weights in module.parameters()] if how.proximal else []
    loss_of_epoch = float("nan")
    module.train()
    for epoch in range(how.epochs):
        if rates is not None:
            set_rate(optimizer, rates[epoch])
        order = draws.permutation(len(y))
        total = 0.0
        for begin in range(0, len(y), how.batch):
            records, truth = batch_of(x, y, order[begin : begin + how.batch])
            optimizer.zero_grad()
            loss = functional.cross_entropy(module(records), truth)
            loss.backward()  # type: ignore[no-untyped-call]
            if how.proximal:
                _pull_back(module, sent, how.proximal)
            optimizer.step()
            total += loss.item() * len(truth)
        loss_of_epoch = total / len(y)
        if after_epoch is not None:
            after_epoch(epoch + 1, loss_of_epoch)
    return LocalResult(loss=loss_of_epoch, examples=len(y))


def optimizer_of(module: "nn.Module", how: LocalTraining) -> "torch.optim.Optimizer":
    """Stochastic gradient descent with what ``how`` says."""
    import torch

    return torch.optim.SGD(
        module.parameters(), lr=how.learning_rate, momentum=how.momentum, weight_decay=how.weight_decay
    )


def set_rate(optimizer: "torch.optim.Optimizer", rate: float) -> None:
    """Let the optimizer go on at another learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def batch_of(x: Floats, y: Ints, rows: Ints) -> "tuple[torch.Tensor, torch.Tensor]":
    """Copies of those records and classes as tensors, laid out as PyTorch lays out its own.

    NumPy leaves the stride of an axis of length 1 open. PyTorch may take such a picture for one with its channels
    last, and then Opacus finds wrong gradients for the records, without a word.
    """
    import torch

    records = torch.empty((len(rows), *x.shape[1:]), dtype=torch.float32)
    records.copy_(torch.from_numpy(x[rows]))
    return records, torch.from_numpy(np.ascontiguousarray(y[rows]))


def _pull_back(module: "nn.Module", sent: "Sequence[torch.Tensor]", pull: float) -> None:
    for weights, there in zip(module.parameters(), sent, strict=True):
        if weights.grad is not None:
            weights.grad.add_(weights.detach() - there, alpha=pull)
