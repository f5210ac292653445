"""A mean of the parties' updates that the server learns without seeing any one of them.

The adversary is the server (or whoever reads what it is sent), together with fewer parties than ``Session.threshold``
says. It keeps to the protocol but remembers everything; it may leave parties out, send different parties different
lists and ask twice, which the parties refuse. It learns the weighted mean of all who answered, how many examples they
have together and who answered. It does not learn one party's update.

What it does not give: a server that invents parties sees through the sum, unless the parties know each other
(``KnownParties``); sums of two rounds that differ by one party differ by that party's update (differential privacy
helps); a party can spoil the sum, and nobody sees which one it was.

Flower's own SecAgg+ is not used: in 1.41 it works with its older client interface only, and makes each mask from 32
bits by a generator that is not for cryptography, so that a server can try all of them.
"""

from garrison.federated.secure_aggregation.fixed_point import Mean
from garrison.federated.secure_aggregation.identity import (
    Identity,
    KnownParties,
    read_identity,
    read_known_parties,
)
from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.masked_exchange import ALL, MaskedExchange, check_maskable
from garrison.federated.secure_aggregation.masking import Masking
from garrison.federated.secure_aggregation.party import PartyRound, Revealed
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.server import MaskedSum
from garrison.federated.secure_aggregation.session import Session
from garrison.federated.secure_aggregation.terms import Terms

__all__ = [
    "ALL",
    "Advertisement",
    "Identity",
    "KnownParties",
    "MaskedExchange",
    "MaskedSum",
    "Masking",
    "Mean",
    "PartyRound",
    "Revealed",
    "SecureAggregationError",
    "Session",
    "Terms",
    "check_maskable",
    "read_identity",
    "read_known_parties",
]
