"""Tables of events in a federation: numbers that nobody had to pool rows for, and a detector trained together."""

from garrison.federated.tables.detector import DetectorTrained, FederatedDetector, federate_detector
from garrison.federated.tables.numbers import TableNumbers, agree_on_numbers
from garrison.federated.tables.organisations import organisations

__all__ = [
    "DetectorTrained",
    "FederatedDetector",
    "TableNumbers",
    "agree_on_numbers",
    "federate_detector",
    "organisations",
]
