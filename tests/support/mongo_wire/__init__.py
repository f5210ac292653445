"""A small MongoDB server for the tests: the real driver talks to it over a real socket.

It speaks the part of MongoDB's wire protocol that the stores need, keeps its documents in memory, enforces unique
indexes, checks SCRAM-SHA-256 logins for real, and can be told to misbehave.
"""

from mongo_wire.faults import Fault, Faults
from mongo_wire.server import MongoWireServer

__all__ = ["Fault", "Faults", "MongoWireServer"]
