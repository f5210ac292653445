"""The finished epochs of a training on disk: the weights, and what Adam remembers, verified before they are read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from garrison.ciphers.adam_moments import moments_of, put_back
from garrison.detection.integrity import read_sealed, write_sealed
from garrison.errors import IntegrityError
from garrison.files import atomic_folder, output_errors

if TYPE_CHECKING:
    from torch import nn

WEIGHTS, STATE = "weights.safetensors", "training.safetensors"


def keep(folder: Path, identity: dict[str, Any], epochs: int, module: "nn.Module", adam: Any) -> None:
    """Write the weights and Adam's moments after so many epochs, in place of those before, whole or not at all."""
    from safetensors.torch import save

    files = {WEIGHTS: save(dict(module.state_dict())), STATE: save(moments_of(adam))}
    with output_errors(folder), atomic_folder(folder) as temporary:
        write_sealed(temporary, files, {"identity": identity, "epochs": epochs})


def restore(folder: Path | None, identity: dict[str, Any], module: "nn.Module", adam: Any) -> int:
    """Put back what was kept; how many epochs are finished. ``IntegrityError`` for what was changed or is another's."""
    if folder is None or not folder.is_dir():
        return 0
    from safetensors.torch import load

    sealed = read_sealed(folder)
    if sealed.manifest.get("identity") != identity:
        raise IntegrityError(
            "the folder holds a network that was trained in another way",
            where=str(folder),
            expected=str(identity),
            remedy="choose another --folder, or remove what is there",
        )
    try:
        module.load_state_dict(load(sealed.files[WEIGHTS]))
        put_back(adam, load(sealed.files[STATE]))
        return int(sealed.manifest["epochs"])
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise IntegrityError(f"the training cannot be read: {error}", where=str(folder)) from error
