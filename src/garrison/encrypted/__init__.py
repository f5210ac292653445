"""Scores of rows that stay encrypted: a client who holds the secret key, a server who holds the model.

TenSEAL is loaded when keys are made or used, not when this is imported.
"""

from garrison.encrypted.asking import asker
from garrison.encrypted.choosing import parameters_for
from garrison.encrypted.client import Client
from garrison.encrypted.client_part import ClientPart
from garrison.encrypted.key_pair import KeyPair
from garrison.encrypted.messages import EncryptedOutputs, EncryptedRows, EvaluationKeys
from garrison.encrypted.parameters import Parameters
from garrison.encrypted.prepare import prepare, split
from garrison.encrypted.remote import RemoteServer
from garrison.encrypted.server import Server
from garrison.encrypted.server_part import ServerPart
from garrison.encrypted.terms import Terms, terms_for

__all__ = [
    "Client",
    "ClientPart",
    "EncryptedOutputs",
    "EncryptedRows",
    "EvaluationKeys",
    "KeyPair",
    "Parameters",
    "RemoteServer",
    "Server",
    "ServerPart",
    "Terms",
    "asker",
    "parameters_for",
    "prepare",
    "split",
    "terms_for",
]
