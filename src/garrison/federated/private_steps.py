"""The steps of DP-SGD: Poisson samples, a clipped gradient for every record, noise on their sum; by Opacus.

Gradients are clipped without being written out for every record ("ghost clipping", Li et al. 2022): a first pass
backward tells the length of each, a second one sums them up, weighted.
"""

import contextlib
import secrets
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
    from opacus.grad_sample import GradSampleModuleFastGradientClipping
    from opacus.optimizers import DPOptimizerFastGradientClipping
    from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping
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
    wrapped = GradSampleModuleFastGradientClipping(module, max_grad_norm=private.max_grad_norm)
    optimizer = DPOptimizerFastGradientClipping(
        optimizer_of(wrapped, how),
        noise_multiplier=private.noise_multiplier,
        max_grad_norm=private.max_grad_norm,
        expected_batch_size=how.batch if how.batch < len(y) else len(y),
        generator=_noise(noise_seed, torch),
    )
    loss_of = DPLossFastGradientClipping(wrapped, optimizer, torch.nn.CrossEntropyLoss())
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
                    loss_of,
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


def _step(loss_of: Any, x: Floats, y: Ints, rows: Ints, most: int) -> float:
    """One step on these rows, of which no more than ``most`` are passed through the network at a time."""
    import torch

    module, optimizer, total = loss_of.module, loss_of.optimizer, 0.0
    pieces = [rows[begin : begin + most] for begin in range(0, max(len(rows), 1), most)]
    for number, piece in enumerate(pieces, start=1):
        optimizer.signal_skip_step(do_skip=number < len(pieces))
        if len(piece):
            records, truth = batch_of(x, y, piece)
            loss = loss_of(module(records), truth)
            loss.backward()
            total += loss.item() * len(piece)
        else:
            for weights in module.parameters():
                weights.grad = torch.zeros_like(weights)
        optimizer.step()
        optimizer.zero_grad()
    return total / max(len(rows), 1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the warning that PyTorch gives for hooks on the first layer, whose input needs no gradient."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Full backward hook is firing")
        yield


def _noise(seed: int | None, torch: Any) -> Any:
    """The generator of the noise: without a seed, one that begins where the operating system says.

    PyTorch's own begins at the same number in every process, so that its noise could be drawn again.
    """
    return torch.Generator().manual_seed(secrets.randbits(63) if seed is None else seed)
