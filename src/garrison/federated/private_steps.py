"""The steps of DP-SGD: Poisson samples, a clipped gradient for every record, noise on their sum; by Opacus."""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import ModelError
from garrison.federated.extra import need
from garrison.federated.ledger import Ledger
from garrison.federated.local_training import LocalResult, LocalTraining, batch_of, optimizer_of, set_rate

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def train_privately(
    module: "nn.Module",
    x: Floats,
    y: Ints,
    how: LocalTraining,
    *,
    seed: int,
    noise_seed: int | None,
    ledger: Ledger | None,
    rates: Sequence[float] | None,
    after: Callable[[int, float], None] | None,
) -> LocalResult:
    """As ``train_locally`` where ``how.private`` is given; ``how.private`` must have its noise multiplier.

    ``ModelError`` when the network has a layer whose records see one another (batch normalisation), which no noise
    makes private.
    """
    need("torch", "opacus")
    import torch
    from opacus import GradSampleModule
    from opacus.optimizers import DPOptimizer
    from opacus.validators import ModuleValidator

    private = how.private
    if private is None or private.noise_multiplier is None:
        raise ModelError(
            "the noise multiplier is not known yet",
            where="private training",
            expected="PartyPrivacy with noise_multiplier, or solved for its target_epsilon",
        )
    if faults := ModuleValidator.validate(module, strict=False):
        raise ModelError(
            f"the network cannot be trained privately: {faults[0]}",
            remedy="take one without batch normalisation",
        )
    draws = np.random.default_rng(seed)
    wrapped = GradSampleModule(module)
    optimizer = DPOptimizer(
        optimizer_of(wrapped, how),
        noise_multiplier=private.noise_multiplier,
        max_grad_norm=private.max_grad_norm,
        expected_batch_size=how.batch if how.batch < len(y) else len(y),
        generator=_noise(noise_seed, torch),
    )
    rate, steps = how.rate(len(y)), how.steps(len(y)) // how.epochs
    loss_of_epoch = float("nan")
    wrapped.train()
    with _quiet(), contextlib.ExitStack() as at_end:
        at_end.callback(wrapped.to_standard_module)
        for epoch in range(how.epochs):
            if rates is not None:
                set_rate(optimizer, rates[epoch])
            losses = [
                _step(
                    wrapped,
                    optimizer,
                    x,
                    y,
                    np.flatnonzero(draws.random(len(y)) < rate),
                    private.physical_batch,
                )
                for _ in range(steps)
            ]
            loss_of_epoch = float(np.mean(losses))
            if after is not None:
                wrapped.disable_hooks()
                after(epoch + 1, loss_of_epoch)
                wrapped.enable_hooks()
    spent = (ledger or Ledger()).more(noise=private.noise_multiplier, rate=rate, steps=steps * how.epochs)
    return LocalResult(
        loss=loss_of_epoch, examples=len(y), epsilon=spent.epsilon(private.delta), ledger=spent
    )


def _step(wrapped: Any, optimizer: Any, x: Floats, y: Ints, rows: Ints, most: int) -> float:
    """One step on these rows, of which no more than ``most`` have their gradients in memory at a time."""
    from torch.nn import functional

    total = 0.0
    pieces = [rows[begin : begin + most] for begin in range(0, max(len(rows), 1), most)]
    for number, piece in enumerate(pieces, start=1):
        records, truth = batch_of(x, y, piece)
        optimizer.signal_skip_step(do_skip=number < len(pieces))
        loss = functional.cross_entropy(wrapped(records), truth, reduction="sum")
        (loss / max(len(piece), 1)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item()
    return total / max(len(rows), 1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that PyTorch gives for hooks on the first layer, whose input needs no gradient."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        yield


def _noise(seed: int | None, torch: Any) -> Any:
    if seed is None:
        return None
    return torch.Generator().manual_seed(seed)
