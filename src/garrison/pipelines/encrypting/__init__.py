"""Encrypted scoring as a person asks for it: a detector by its name, data by theirs, folders for parts and keys."""

from garrison.pipelines.encrypting.ask import ask_events
from garrison.pipelines.encrypting.decrypt import Decrypted, decrypt_outputs
from garrison.pipelines.encrypting.encrypt import Encrypted, encrypt_events
from garrison.pipelines.encrypting.keygen import Made, make_keys
from garrison.pipelines.encrypting.prepare import prepare_model
from garrison.pipelines.encrypting.score import ScoredMessages, score_messages

__all__ = [
    "Decrypted",
    "Encrypted",
    "Made",
    "ScoredMessages",
    "ask_events",
    "decrypt_outputs",
    "encrypt_events",
    "make_keys",
    "prepare_model",
    "score_messages",
]
