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
    from garrison.ciphers.networks.decoder import Decoder

WEIGHTS = "weights.safetensors"
TRAINED = "network"
SHIPPED = Path(__file__).parent.parent / "weights" / "m209"
FORMAT = 1


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
    from safetensors.torch import load

    from garrison.ciphers.networks.decoder import Decoder, Shape

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
        module = Decoder(Shape(**sealed.manifest["shape"]))
        module.load_state_dict(load(sealed.files[WEIGHTS]))
        shortest, longest = sealed.manifest["lengths"]
        return SavedNetwork(
            module.eval(), (int(shortest), int(longest)), sealed.manifest["facts"], sealed.digest
        )
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise IntegrityError(f"the network cannot be read: {error}", where=str(place)) from error
