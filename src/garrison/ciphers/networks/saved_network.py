"""A trained network on disk: its weights and shape, and what made them; verified when it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from garrison.ciphers.torch_extra import need_torch
from garrison.detection.integrity import MANIFEST, read_sealed, write_sealed
from garrison.errors import IntegrityError, UsageError
from garrison.files import atomic_folder, output_errors

if TYPE_CHECKING:
    from torch import Tensor

    from garrison.ciphers.networks.decoder import Decoder, Shape

WEIGHTS = "weights.safetensors"
TRAINED = "network"
SHIPPED = Path(__file__).parent.parent / "weights" / "m209"
FORMAT = 1
MOST_ROUNDS = 1000


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """A network, the ``lengths`` it was trained for, from and to, the ``facts`` of how it was made, and its digest."""

    module: "Decoder"
    lengths: tuple[int, int]
    facts: Mapping[str, Any]
    digest: str


def save_network(folder: Path, module: "Decoder", *, lengths: Sequence[int], facts: Mapping[str, Any]) -> str:
    """Write a network, whole or not at all; the digest of its manifest. ``facts`` are JSON values."""
    from safetensors.torch import save

    said = {
        "format": FORMAT,
        "shape": module.shape.to_dict(),
        "lengths": [min(lengths), max(lengths)],
        "facts": dict(facts),
    }
    with output_errors(folder), atomic_folder(folder) as temporary:
        return write_sealed(temporary, {WEIGHTS: save(dict(module.state_dict()))}, said)


def open_network(folder: Path | None = None) -> SavedNetwork:
    """The network in ``folder`` (or in ``folder/network``, where training puts it), or the one that comes along.

    ``UsageError`` where there is none or PyTorch is missing, ``IntegrityError`` where a byte was changed.
    """
    need_torch()
    from safetensors import SafetensorError
    from safetensors.torch import load

    from garrison.ciphers.networks.decoder import Decoder

    place = folder or SHIPPED
    if (place / TRAINED / MANIFEST).is_file():
        place /= TRAINED
    if not place.is_dir():
        raise UsageError(
            "there is no trained network here",
            where=str(place),
            remedy="train one (garrison ciphers train), or leave --network out to take the one that comes along",
        )
    sealed = read_sealed(place)
    try:
        if sealed.manifest["format"] != FORMAT:
            raise ValueError(f"format {sealed.manifest['format']!r}")
        weights, shape = load(sealed.files[WEIGHTS]), _shape(sealed.manifest["shape"])
        _check_sizes(weights, shape)
        module = Decoder(shape)
        module.load_state_dict(weights)
        shortest, longest = sealed.manifest["lengths"]
        return SavedNetwork(
            module.eval(), (int(shortest), int(longest)), sealed.manifest["facts"], sealed.digest
        )
    except (
        *(KeyError, ValueError, TypeError, RuntimeError, AttributeError, OverflowError),
        SafetensorError,
    ) as error:
        raise IntegrityError(f"the network cannot be read: {error}", where=str(place)) from error


def _shape(told: Mapping[str, Any]) -> "Shape":
    from garrison.ciphers.networks.decoder import Shape

    shape = Shape(**told)
    if not all(type(size) is int and size >= 1 for size in shape.to_dict().values()):
        raise ValueError("a size that is no number from 1")
    if shape.rounds > MOST_ROUNDS:
        raise ValueError(f"{shape.rounds:,} rounds")
    return shape


def _check_sizes(weights: "Mapping[str, Tensor]", shape: "Shape") -> None:
    """Raise ``ValueError`` unless the weights are those of that shape; there is no memory for a network before."""
    import torch

    from garrison.ciphers.networks.decoder import Decoder

    with torch.device("meta"):
        expected = {name: each.shape for name, each in Decoder(shape).state_dict().items()}
    if {name: each.shape for name, each in weights.items()} != expected:
        raise ValueError("the weights are not those of its shape")
