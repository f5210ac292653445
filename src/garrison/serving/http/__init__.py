"""The HTTP service: events in, verdicts out, over the network."""

from garrison.serving.http.keys import Key, Keyring, new_key, read_keys, write_keys
from garrison.serving.http.settings import ServingSettings, serving_settings

__all__ = [
    "Key",
    "Keyring",
    "ServingSettings",
    "new_key",
    "read_keys",
    "serving_settings",
    "write_keys",
]
