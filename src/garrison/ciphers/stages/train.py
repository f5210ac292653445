"""The fourth stage: one network for all pins and lugs, trained on arrays or on keys that are drawn as it goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from garrison.ciphers.torch_extra import need_torch
from garrison.files import output_errors, remove_abandoned
from garrison.run.lock import FolderLock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from garrison.ciphers.networks.examples import Examples
    from garrison.ciphers.networks.training import Told, Training

LOCK = ".lock"


@dataclass(frozen=True)
class Trained:
    """The folder of the best network, its digest, and the ``curve``: a record a validation."""

    folder: Path
    digest: str
    curve: "Sequence[dict[str, Any]]"

    @property
    def best(self) -> dict[str, Any]:
        """The validation of the network that was kept."""
        return max(self.curve, key=lambda each: float(each["accuracy"]))


def train(
    folder: Path,
    examples: "Examples",
    how: "Training",
    *,
    start: Path | None = None,
    device: str = "cpu",
    command: str = "",
    told: "Told | None" = None,
) -> Trained:
    """Train a network into ``folder``: ``network/`` is the best so far, ``checkpoint/`` what a broken training needs.

    A training that was broken off goes on where it was kept last, and ends with the same weights on one machine.
    ``start`` is the folder of a network to begin with. ``command`` is written beside the weights. ``UsageError`` where
    PyTorch is missing or the folder is of other settings, ``RunBusy`` while another process trains there,
    ``IntegrityError`` for what was changed, ``OutputError`` where nothing can be written.
    """
    need_torch()
    from garrison.ciphers.networks.decoder import Decoder
    from garrison.ciphers.networks.saved_network import TRAINED, open_network, save_network
    from garrison.ciphers.networks.training import train_decoder

    begin = None if start is None else open_network(start)

    def write(module: Decoder, curve: "Sequence[dict[str, Any]]") -> str:
        facts = {
            "command": command,
            "training": how.identity,
            "examples": dict(examples.identity),
            "start": begin and {"digest": begin.digest, **begin.facts},
            "best": max(curve, key=lambda each: float(each["accuracy"])),
        }
        return save_network(folder / TRAINED, module, lengths=examples.lengths, facts=facts)

    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / LOCK):
        remove_abandoned(folder)
        module, curve = train_decoder(
            examples, how, folder=folder, start=begin, device=device, told=told, kept=write
        )
        return Trained(folder / TRAINED, write(module, curve), curve)
