"""Typed settings, read once from four layers and then passed as plain values.

From low to high: the default YAML file, the file given with ``--config``, environment variables
``GARRISON__TRAINING__METRIC=f1``, and ``--set training.metric=f1``. Mappings are merged key by key; anything
else is replaced.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from garrison.run.setting_errors import settings_error
from garrison.run.setting_layers import Layer, read_environment, read_overrides, read_yaml_file

S = TypeVar("S", bound=BaseModel)


class Section(BaseModel):
    """A part of the settings: frozen, and a key it does not know is an error.

    >>> class Training(Section):
    ...     metric: str = "auc"
    >>> Training(metric="f1").metric
    'f1'
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


def load_settings(
    model: type[S],
    *,
    file: Path | None,
    default: Path,
    environment: Mapping[str, str] = os.environ,
    overrides: Sequence[str] = (),
) -> S:
    """The settings after all layers, checked against ``model``.

    ``default`` is always read, ``file`` when given. ``overrides`` are texts like ``training.metric=f1``;
    their values, and those of environment variables, are read as YAML. Raises ``SettingsError`` naming the
    setting as a dotted path, the layer it came from, what was expected and, for an unknown one, the nearest
    known name.

    >>> import tempfile
    >>> class Training(Section):
    ...     metric: str
    ...     folds: int
    >>> class Settings(Section):
    ...     training: Training
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     default = Path(folder) / "training.yml"
    ...     _ = default.write_text("training: {metric: auc, folds: 5}")
    ...     load_settings(
    ...         Settings,
    ...         file=None,
    ...         default=default,
    ...         environment={"GARRISON__TRAINING__FOLDS": "3"},
    ...         overrides=["training.metric=f1"],
    ...     ).training
    Training(metric='f1', folds=3)
    """
    layers = Layer()
    layers.merge(read_yaml_file(default))
    if file is not None:
        layers.merge(read_yaml_file(file))
    layers.merge(read_environment(environment, model=model, below=layers.values))
    layers.merge(read_overrides(overrides))
    try:
        return model.model_validate(layers.values)
    except ValidationError as error:
        if not _take_as_written(layers, error):
            raise settings_error(error, model=model, layers=layers) from None
    try:
        return model.model_validate(layers.values)
    except ValidationError as error:
        raise settings_error(error, model=model, layers=layers) from None


def settings_json(settings: BaseModel) -> dict[str, Any]:
    """The settings as JSON values, for fingerprints and records; ``SecretStr`` fields stay hidden.

    >>> from pydantic import SecretStr
    >>> class Login(Section):
    ...     user: str
    ...     password: SecretStr
    >>> settings_json(Login(user="reader", password=SecretStr("hunter2")))
    {'user': 'reader', 'password': '**********'}
    """
    return settings.model_dump(mode="json")


def _take_as_written(layers: Layer, error: ValidationError) -> bool:
    """Where YAML made something else of a text than was wanted, read it as it was meant; says whether there was any.

    Text is put back as written (``name=007``), and a list may be given without brackets (``families=lightgbm,mlp``).
    """
    changed = False
    for fault in error.errors(include_url=False):
        if fault["type"] == "string_type":
            changed |= layers.take_as_written(fault["loc"])
        elif fault["type"] in ("tuple_type", "list_type"):
            changed |= layers.take_as_list(fault["loc"])
    return changed
