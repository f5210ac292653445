"""The settings of `garrison serve`: one small file, checked once at the edge.

From low to high: the settings that come with Garrison, the file given with ``--config``, environment variables such as
``GARRISON__SERVING__PORT=9000``, and ``--set serving.port=9000`` or the command's own options.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from garrison.data.configs import config_folder
from garrison.run.settings import Section, load_settings

_VARIABLES = "GARRISON__SERVING__"


class ServingSettings(Section):
    """What is served, to whom, and how much of it."""

    models: tuple[str, ...] = Field(
        default=(),
        description="the models served, as production/threats or threats@3; the first is the default",
    )
    encrypted: str | None = Field(
        default=None, description="the server's part of a prepared model that scores encrypted rows"
    )
    host: str = Field(default="127.0.0.1", description="the address listened at")
    port: int = Field(default=8080, ge=0, le=65535, description="the port listened at; 0: any that is free")
    keys: str | None = Field(
        default=None, description="the file of keys; keys/api_keys.json in the workspace if that is there"
    )
    open: bool = Field(
        default=False, description="answer without keys at other addresses than this machine's own, too"
    )
    require_signature: bool = Field(
        default=False, description="serve only models that a trusted key has signed"
    )
    trusted_keys: tuple[str, ...] = Field(default=(), description="files of the public keys that are trusted")
    watch_seconds: float = Field(
        default=2.0, ge=0, le=3600, description="how often to look for a new current version; 0: never"
    )
    remember_past: bool = Field(
        default=True, description="count what each event's source did before from the events scored so far"
    )
    reference: str | None = Field(
        default=None, description="events that explanations compare with; the last ones scored if not given"
    )
    quarantine: str | None = Field(default=None, description="the file that keeps events that were refused")
    quarantine_bytes: int = Field(
        default=1 << 30, ge=1 << 10, description="the size beyond which the quarantine takes no more"
    )
    log: str | None = Field(
        default=None, description="the store that scored events are logged to (duckdb:///…, mongodb://…)"
    )
    sample: float = Field(default=1.0, ge=0, le=1, description="the share of scored events that are logged")
    pages: bool = Field(
        default=True, description="answer people with pages too: models, drift, live view, try-it forms"
    )
    most_event_bytes: int = Field(default=1 << 18, ge=1 << 10, description="the largest body of one event")
    most_batch_bytes: int = Field(default=1 << 25, ge=1 << 10, description="the largest body of a batch")
    most_batch_rows: int = Field(default=100_000, ge=1, description="the most events of a batch")
    most_encrypted_bytes: int = Field(
        default=1 << 28, ge=1 << 10, description="the largest body of encrypted rows or evaluation keys"
    )
    most_key_bytes: int = Field(
        default=1 << 32, ge=1 << 20, description="memory for evaluation keys; the longest unused are let go"
    )
    rate: float | None = Field(
        default=None, gt=0, description="requests a second for each key, or address where keys are off"
    )
    burst: int = Field(default=100, ge=1, description="requests at once before the rate counts")
    body_seconds: float = Field(default=10.0, gt=0, description="seconds a request may take to arrive")
    work_seconds: float = Field(default=30.0, gt=0, description="seconds a batch or an explanation may take")
    threads: int = Field(default=1, ge=1, le=64, description="batches and explanations made at a time")
    waiting: int = Field(default=16, ge=0, description="batches and explanations that may wait for a thread")
    drain_seconds: float = Field(
        default=0.5, ge=0, description="seconds between being told to stop and closing the door"
    )
    stop_seconds: float = Field(
        default=30.0, gt=0, description="seconds that what was taken has to be finished"
    )
    permutations: int = Field(default=64, ge=2, le=4096, description="orders walked for an explanation")


class Root(Section):
    """The settings file: everything stands below ``serving``."""

    serving: ServingSettings = ServingSettings()


def serving_settings(
    config: Path | None = None,
    *,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
) -> ServingSettings:
    """The settings of all layers; ``SettingsError`` for one that does not exist or does not fit."""
    own = {name: text for name, text in environment.items() if name.upper().startswith(_VARIABLES)}
    return load_settings(
        Root,
        file=config,
        default=config_folder("serving") / "serving.yml",
        environment=own,
        overrides=overrides,
    ).serving
