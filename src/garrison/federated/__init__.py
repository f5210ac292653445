"""Parties that train one model together, without pooling what they have.

A public name is read from its file when it is first asked for, as Flower's processes need next to nothing of this room;
PyTorch, Flower and Opacus are loaded when something is trained.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from garrison.federated.conventional import ConventionalRecipe, train_conventionally
    from garrison.federated.federation import Federation
    from garrison.federated.images import Images, images_at_hand, read_images
    from garrison.federated.ledger import Spent
    from garrison.federated.local_training import LocalTraining, train_locally
    from garrison.federated.model import NetworkModel, new_model
    from garrison.federated.networks import NETWORKS
    from garrison.federated.partitions import PARTITIONS
    from garrison.federated.party import Party, parties_of
    from garrison.federated.party_privacy import PartyPrivacy
    from garrison.federated.plan import Plan
    from garrison.federated.rounds import Round
    from garrison.federated.saved import load_model, save_model
    from garrison.federated.seeds import seed_for
    from garrison.federated.strategies import STRATEGIES
    from garrison.federated.trained import Trained
    from garrison.federated.updates import Refused

__all__ = [
    "NETWORKS",
    "PARTITIONS",
    "STRATEGIES",
    "ConventionalRecipe",
    "Federation",
    "Images",
    "LocalTraining",
    "NetworkModel",
    "Party",
    "PartyPrivacy",
    "Plan",
    "Refused",
    "Round",
    "Spent",
    "Trained",
    "images_at_hand",
    "load_model",
    "new_model",
    "parties_of",
    "read_images",
    "save_model",
    "seed_for",
    "train_conventionally",
    "train_locally",
]

_HOMES = {
    "ConventionalRecipe": "conventional",
    "train_conventionally": "conventional",
    "Federation": "federation",
    "Images": "images",
    "images_at_hand": "images",
    "read_images": "images",
    "Spent": "ledger",
    "LocalTraining": "local_training",
    "train_locally": "local_training",
    "NetworkModel": "model",
    "new_model": "model",
    "NETWORKS": "networks",
    "PARTITIONS": "partitions",
    "Party": "party",
    "parties_of": "party",
    "PartyPrivacy": "party_privacy",
    "Plan": "plan",
    "Round": "rounds",
    "load_model": "saved",
    "save_model": "saved",
    "seed_for": "seeds",
    "STRATEGIES": "strategies",
    "Trained": "trained",
    "Refused": "updates",
}


def __getattr__(name: str) -> Any:
    """A public name, read from the file it stands in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
