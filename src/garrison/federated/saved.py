"""The saved form of a trained network: weights as safetensors, and a manifest with the digest of every file.

::

    manifest.json        network, shape, classes, facts of the training, digest and size of each file
    manifest.sha256      the digest of the manifest
    model.safetensors    the weights, by their names

Nothing in it is a program, and nothing is unpickled; no time of day stands in it, so that equal training gives equal
bytes.
"""

from pathlib import Path
from typing import Any

from garrison.detection.integrity import read_sealed, write_sealed_folder
from garrison.errors import ModelError
from garrison.federated.extra import need
from garrison.federated.model import NetworkModel, model_of

FORMAT = 1
WEIGHTS = "model.safetensors"
_KIND = "garrison network"


def save_model(model: NetworkModel, folder: Path) -> str:
    """Write the model to ``folder``, whole or not at all; gives the SHA-256 of its manifest.

    A model that stood there is replaced, anything else is not: ``UsageError``. ``OutputError`` when the folder cannot
    be written.
    """
    need("torch", "safetensors")
    from safetensors.numpy import save

    content = save(dict(zip(model.names, model.weights(), strict=True)))
    facts = {
        "kind": _KIND,
        "format": FORMAT,
        "network": model.network,
        "shape": list(model.shape),
        "classes": model.classes,
        "facts": dict(model.facts),
    }
    return write_sealed_folder(folder, {WEIGHTS: content}, facts, replaces=(WEIGHTS,))


def load_model(folder: Path) -> NetworkModel:
    """The model saved in ``folder``; every digest is verified before anything is looked into.

    ``IntegrityError`` names a file that was changed, is missing or was added; ``ModelError`` when the folder holds
    something else.
    """
    need("torch", "safetensors")
    if not folder.is_dir():
        raise ModelError(
            "no model is saved here", where=str(folder), expected="a folder with a saved network"
        )
    sealed = read_sealed(folder)
    manifest = sealed.manifest
    if manifest.get("kind") != _KIND or manifest.get("format") != FORMAT or WEIGHTS not in sealed.files:
        raise ModelError(
            "the folder holds no network of this form",
            where=str(folder),
            expected=f"a manifest of the kind {_KIND!r}, format {FORMAT}, and {WEIGHTS}",
            remedy="load it with the version of Garrison that saved it, or train again",
        )
    return _loaded(manifest, sealed.files[WEIGHTS], where=str(folder))


def _loaded(manifest: dict[str, Any], content: bytes, *, where: str) -> NetworkModel:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return model_of(
            str(manifest["network"]),
            load(content),
            shape=tuple(int(side) for side in manifest["shape"]),
            classes=int(manifest["classes"]),
            facts=dict(manifest["facts"]),
        )
    except (SafetensorError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(
            f"the saved network cannot be read: {type(error).__name__}", where=where, remedy="train again"
        ) from error
