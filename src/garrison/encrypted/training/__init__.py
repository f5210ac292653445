"""Logistic regression trained on rows that stay encrypted under their owner's key."""

from garrison.encrypted.training.messages import EncryptedTable, FreshWeights, TrainedWeights
from garrison.encrypted.training.owner import Owner
from garrison.encrypted.training.plain import plain_steps
from garrison.encrypted.training.plan import Plan
from garrison.encrypted.training.sigmoid import CubicSigmoid
from garrison.encrypted.training.trainer import Trainer

__all__ = [
    "CubicSigmoid",
    "EncryptedTable",
    "FreshWeights",
    "Owner",
    "Plan",
    "TrainedWeights",
    "Trainer",
    "plain_steps",
]
