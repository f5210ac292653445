"""What is wrong with the settings, said so that it can be put right."""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from garrison.errors import SettingsError
from garrison.run.redaction import is_secret_name, redact
from garrison.run.setting_layers import Layer
from garrison.run.setting_names import fields_at, is_secret_field, nearest_name

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LONGEST_VALUE = 60


def settings_error(error: ValidationError, *, model: type[BaseModel], layers: Layer) -> SettingsError:
    """The first fault of ``error`` in full, an unknown name before all others, and the names of the rest."""
    faults = sorted(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    first, *others = faults
    path = _path(first, layers)
    say = {"extra_forbidden": _unknown, "missing": _missing}.get(first["type"], _unfit)
    what, expected, remedy = say(first, path, model)
    rest = sorted({".".join(_path(fault, layers)) for fault in others} - {".".join(path)})
    if rest:
        what += f" (also wrong: {', '.join(rest)})"
    return SettingsError(what, where=layers.origin(path), expected=expected, remedy=remedy)


def _path(fault: "ErrorDetails", layers: Layer) -> list[str]:
    """The setting's names, without the words that pydantic adds to say which type of a union it tried."""
    path: list[str] = []
    values: Any = layers.values
    names = [str(part) for part in fault["loc"]]
    for index, name in enumerate(names):
        if isinstance(values, dict) and name in values:
            values = values[name]
        elif isinstance(values, list) and name.isdigit() and int(name) < len(values):
            values = values[int(name)]
        elif fault["type"] != "missing" or index + 1 < len(names):
            continue
        path.append(name)
    return path or names


def _unknown(_fault: "ErrorDetails", path: list[str], model: type[BaseModel]) -> tuple[str, str, str]:
    near = nearest_name(model, path)
    known = fields_at(model, path[:-1])
    return (
        f"unknown setting {'.'.join(path)}",
        f"one of {', '.join(known)}" if known else "",
        f"did you mean {near}?" if near else "remove it",
    )


def _missing(_fault: "ErrorDetails", path: list[str], _model: type[BaseModel]) -> tuple[str, str, str]:
    dotted = ".".join(path)
    return (
        f"the setting {dotted} is missing",
        "a value",
        f"add it to the settings file, or give --set {dotted}=VALUE",
    )


def _unfit(fault: "ErrorDetails", path: list[str], model: type[BaseModel]) -> tuple[str, str, str]:
    dotted = ".".join(path)
    is_secret = is_secret_field(model, path) or any(is_secret_name(name) for name in path)
    what = f"the setting {dotted or 'file as a whole'} cannot be used"
    if not is_secret and not isinstance(fault["input"], dict | BaseModel):
        what = f"the setting {dotted} cannot be {_short(fault['input'])}"
    expected = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if fault["type"] in ("tuple_type", "list_type"):
        expected = "a list" + ("" if is_secret else f", such as [{_short_item(fault['input'])}]")
    return what, "another value" if is_secret and fault["type"] == "value_error" else redact(expected), ""


def _short_item(value: object) -> str:
    """A value as it would stand in a list; dots for one that could not."""
    return redact(str(value)) if isinstance(value, str | int | float) and len(str(value)) <= 30 else "…"


def _short(value: object) -> str:
    text = redact(repr(value))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
