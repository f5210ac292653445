"""Parties that train one model together, without pooling what they have.

PyTorch, Flower and Opacus are loaded when something is trained, not when this is imported.
"""

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
