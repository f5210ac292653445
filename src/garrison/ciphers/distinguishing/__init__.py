"""Is this pair of ciphertexts of blocks that differ in a known way, or of random ones? With a network and without."""

from garrison.ciphers.distinguishing.difference_table import DifferenceTable, table_for
from garrison.ciphers.distinguishing.judging import Judged, judge
from garrison.ciphers.distinguishing.key_averaging import averaged_likelihood
from garrison.ciphers.distinguishing.pairs import DIFFERENCES, Pairs, make_pairs
from garrison.ciphers.distinguishing.training import Network, Training, train_network

__all__ = [
    "DIFFERENCES",
    "DifferenceTable",
    "Judged",
    "Network",
    "Pairs",
    "Training",
    "averaged_likelihood",
    "judge",
    "make_pairs",
    "table_for",
    "train_network",
]
