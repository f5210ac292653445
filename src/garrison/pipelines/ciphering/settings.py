"""The settings of the pipeline on ciphers, checked once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from garrison.ciphers.m209.rules import KeyRules
from garrison.data.configs import config_file, config_folder
from garrison.pipelines.untracked import untracked_environment
from garrison.run.settings import Section, load_settings

PIPELINE = "ciphers"

Count = Annotated[int, Field(ge=1)]


class KeysSettings(Section):
    """How many keys, and of which classes."""

    train: Count
    test: Annotated[int, Field(ge=2)]
    overlaps: tuple[int, int] = (1, 12)
    non_shared: dict[int, tuple[int, int]] = Field(default_factory=dict)
    shard: Count = 50_000

    @property
    def rules(self) -> KeyRules:
        """The rules that keys keep; ``SettingsError`` for numbers out of range."""
        return KeyRules(overlaps=self.overlaps, non_shared=self.non_shared)


class MessagesSettings(Section):
    """What is enciphered: messages of ``length`` letters, cut out of ``texts``."""

    length: Annotated[int, Field(ge=26, le=1000)] = 104
    texts: tuple[str, ...] = ()
    control: bool = False


class TrainingSettings(Section):
    """How the network is trained; as ``garrison ciphers train``."""

    steps: Count
    batch: Count = 32
    rounds: Count = 6
    width: Annotated[int, Field(ge=3)] = 96
    rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    every: Count = 200
    patience: Annotated[int, Field(ge=0)] = 0
    validation: Count = 2000
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "cpu"


class CipherSettings(Section):
    """All of them."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    keys: KeysSettings
    messages: MessagesSettings = MessagesSettings()
    training: TrainingSettings


def load_cipher_settings(config: Path | None, *, overrides: Sequence[str] = ()) -> CipherSettings:
    """The defaults, then ``config``, then the environment, then ``overrides``."""
    file = None if config is None else config_file(PIPELINE, config)
    default = config_folder(PIPELINE) / "m209.yml"
    environment = untracked_environment()
    settings = load_settings(
        CipherSettings, file=file, default=default, environment=environment, overrides=overrides
    )
    _ = settings.keys.rules
    return settings
