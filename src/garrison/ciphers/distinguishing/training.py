"""Training on pairs that are made as they are needed: no pair is seen twice, and there is nothing to learn by heart.

The loss is the squared error of the probability, the rate of Adam falls linearly over ten epochs again and again, as
in Gohr (CRYPTO 2019, section 4.3). An epoch is a finished step: a training that was killed goes on from the last one,
and gives the same weights, bit for bit, on one machine.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.cipher import Cipher
from garrison.ciphers.distinguishing.kept_epochs import keep, restore
from garrison.ciphers.distinguishing.network import build_network
from garrison.ciphers.distinguishing.pairs import make_pairs
from garrison.ciphers.seeds import branch, split_seed
from garrison.ciphers.torch_extra import need_torch
from garrison.errors import SettingsError, UsageError
from garrison.progress import progress
from garrison.spread import torch_threads

if TYPE_CHECKING:
    from torch import nn

Epoch = Callable[[int, float, float], None]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained: ``pairs`` an epoch; ``highest`` and ``lowest`` rate of each ``cycle`` of epochs."""

    depth: int = 1
    epochs: int = 20
    pairs: int = 1_000_000
    batch: int = 5_000
    highest: float = 2e-3
    lowest: float = 1e-4
    cycle: int = 10
    weight_decay: float = 1e-5
    validation: int = 100_000
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.depth, self.epochs, self.validation, self.cycle) < 1 or not 2 <= self.batch <= self.pairs:
            raise SettingsError(
                "this is no training",
                expected="one epoch, block and pair at least, and no batch above an epoch",
            )

    def rate(self, epoch: int) -> float:
        """The rate of an epoch, counted from 0."""
        left = 1 - (epoch % self.cycle) / max(1, self.cycle - 1)
        return self.lowest + left * (self.highest - self.lowest)


class Network:
    """A trained distinguisher of one cipher and number of rounds."""

    def __init__(self, module: "nn.Module") -> None:
        self.module = module

    @property
    def sha256(self) -> str:
        """The digest of its weights."""
        from safetensors.torch import save

        return hashlib.sha256(save(dict(self.module.state_dict()))).hexdigest()

    def probabilities(self, bits: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The probability that each pair, uint8 ``(n, words, bits)``, is real; float64 ``(n,)``."""
        import torch

        self.module.eval()
        with torch.no_grad():
            parts = [
                torch.sigmoid(self.module(torch.from_numpy(part).float())).double().numpy()
                for part in np.array_split(bits, -(-len(bits) // 10_000) or 1)
            ]
        return np.concatenate(parts)


def train_network(
    cipher: Cipher[Any],
    how: Training,
    *,
    folder: Path | None = None,
    start: Network | None = None,
    told: Epoch | None = None,
) -> Network:
    """Train a network to tell real pairs from random ones; ``start`` gives it weights to begin with.

    With ``folder`` every epoch is kept there, and what was broken off is gone on with. ``told`` hears of each epoch:
    its number from 1, the mean loss, and the accuracy on pairs set aside, which come from the stream of training too.
    Raises ``UsageError`` without PyTorch or where ``folder`` keeps more epochs, ``IntegrityError`` for a folder that
    was changed or is of other settings.
    """
    need_torch()
    import torch

    stream = branch(split_seed(how.seed, "train"), getattr(cipher, "rounds", 0))
    held_out = make_pairs(cipher, how.validation, seed=branch(stream, 0))
    bits = held_out.bits()
    module = build_network(bits.shape[1], bits.shape[2], depth=how.depth, seed=how.seed)
    if start is not None:
        module.load_state_dict(start.module.state_dict())
    adam = torch.optim.Adam(module.parameters(), weight_decay=how.weight_decay)
    identity = {
        "cipher": cipher.name,
        "rounds": getattr(cipher, "rounds", 0),
        "start": start and start.sha256,
    }
    identity |= {name: value for name, value in asdict(how).items() if name != "epochs"}
    network = Network(module)
    with torch_threads():
        begin = restore(folder, identity, module, adam)
        if begin > how.epochs:
            raise UsageError(
                f"the network was trained for {begin} epochs already, and {how.epochs} are asked for",
                where=str(folder),
                expected="as many or more",
                remedy="ask for more epochs, or for another folder",
            )
        for epoch in range(begin, how.epochs):
            loss = _epoch(cipher, how, module, adam, branch(stream, 1, epoch), epoch)
            right = (network.probabilities(bits) > 0.5) == held_out.real
            if told is not None:
                told(epoch + 1, loss, float(right.mean()))
            if folder is not None:
                keep(folder, identity, epoch + 1, module, adam)
    return network


def _epoch(
    cipher: Cipher[Any],
    how: Training,
    module: "nn.Module",
    adam: Any,
    stream: np.random.SeedSequence,
    epoch: int,
) -> float:
    import torch

    pairs = make_pairs(cipher, how.pairs, seed=stream)
    for group in adam.param_groups:
        group["lr"] = how.rate(epoch)
    module.train()
    losses = []
    with progress(f"epoch {epoch + 1} of {how.epochs}", total=len(pairs)) as advance:
        bits, real = pairs.bits(), torch.from_numpy(pairs.real).float()
        for begin in range(0, len(pairs) - how.batch + 1, how.batch):
            rows = slice(begin, begin + how.batch)
            adam.zero_grad()
            found = torch.sigmoid(module(torch.from_numpy(bits[rows]).float()))
            loss = torch.mean((found - real[rows]) ** 2)
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            losses.append(float(loss.detach()))
            advance(how.batch)
    return float(np.mean(losses))
