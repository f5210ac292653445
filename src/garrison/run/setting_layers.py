"""The layers that settings are read from, each remembering where every value was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from garrison.errors import SettingsError
from garrison.run.setting_names import fields_at

PREFIX = "GARRISON__"
LARGEST_FILE_BYTES = 1_000_000

SettingPath = tuple[str, ...]


@dataclass
class Layer:
    """Nested values, where each was written, and for text from outside YAML files the text itself."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[SettingPath, str] = field(default_factory=dict)
    written: dict[SettingPath, str] = field(default_factory=dict)

    def merge(self, higher: "Layer") -> None:
        """Lay ``higher`` over this: mappings are merged, everything else is replaced."""
        self.values = _merged(self.values, higher.values)
        self.origins |= higher.origins
        self.written = {path: text for path, text in self.written.items() if path not in higher.origins}
        self.written |= higher.written

    def origin(self, path: Sequence[str | int]) -> str:
        """Where the setting at ``path``, or the nearest setting around it, was written."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(tuple(str(part) for part in path[:length]))
            if found:
                return found
        return ""

    def take_as_written(self, path: Sequence[str | int]) -> bool:
        """Replace the value at ``path`` by the text it was written as; says whether there was such a text."""
        names = tuple(str(part) for part in path)
        text = self.written.pop(names, None)
        if text is None:
            return False
        self.values = _merged(self.values, _nested(names, text))
        return True

    def take_as_list(self, path: Sequence[str | int]) -> bool:
        """Replace the value at ``path`` by the list of what was written between commas; says whether it could."""
        names = tuple(str(part) for part in path)
        text = self.written.pop(names, None)
        if text is None:
            return False
        try:
            items = _value_of(f"[{text}]", origin=self.origin(path))
        except SettingsError:
            return False
        self.values = _merged(self.values, _nested(names, items))
        return True


def read_yaml_file(path: Path) -> Layer:
    """The settings in a YAML file: plain data only, at most 1 MB, each key once, no anchors or aliases."""
    layer = Layer()
    root = _yaml_node(_read_text(path), where=str(path))
    if root is None:
        return layer
    if not isinstance(root, yaml.MappingNode):
        raise SettingsError(
            "the settings file holds no settings",
            where=str(path),
            expected="lines such as `training:` with `metric: f1` indented below",
        )
    layer.values = _plain(root, where=str(path), path=(), layer=layer)
    return layer


def read_environment(
    environment: Mapping[str, str], *, model: type[BaseModel], below: Mapping[str, Any]
) -> Layer:
    """The settings in variables such as ``GARRISON__TRAINING__METRIC``; case does not count in their names.

    ``model`` and ``below``, the values of the lower layers, tell how a name is really written.
    """
    layer = Layer()
    for variable in sorted(name for name in environment if name.upper().startswith(PREFIX)):
        parts = variable[len(PREFIX) :].split("__")
        if not all(parts):
            raise SettingsError(
                "an environment variable names no setting",
                where=f"environment variable {variable}",
                expected=f"a name such as {PREFIX}TRAINING__METRIC",
                remedy="correct its name, or unset it",
            )
        path = _as_spelled(parts, model=model, below=below)
        if path in layer.origins:
            raise SettingsError(
                f"the setting {'.'.join(path)} is set by two environment variables that differ only in case",
                where=f"environment variable {variable}",
                remedy="unset one of them",
            )
        _put(layer, path, environment[variable], origin=f"environment variable {variable}")
    return layer


def read_overrides(overrides: Sequence[str]) -> Layer:
    """The settings in texts such as ``training.metric=f1``; a later one wins over an earlier one."""
    layer = Layer()
    for override in overrides:
        name, equals, text = override.partition("=")
        path = tuple(name.strip().split("."))
        if not equals or not all(path):
            raise SettingsError(
                f"--set cannot read {name.strip()!r}",
                where="--set",
                expected="a setting's dotted path, an equals sign and its value, such as training.metric=f1",
            )
        one = Layer()
        _put(one, path, text, origin=f"--set {name.strip()}")
        layer.merge(one)
    return layer


def _put(layer: Layer, path: SettingPath, text: str, *, origin: str) -> None:
    value = _value_of(text, origin=origin)
    layer.values = _merged(layer.values, _nested(path, value))
    layer.origins[path] = origin
    if value is not None and not isinstance(value, dict | list):
        layer.written[path] = text.strip()


def _value_of(text: str, *, origin: str) -> Any:
    try:
        node = _yaml_node(text, where=origin)
    except SettingsError:
        if text.lstrip().startswith(("[", "{", '"', "'")):
            raise
        return text
    return None if node is None else _plain(node, where=origin, path=(), layer=Layer())


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(
            f"cannot read the settings file: {error.strerror}",
            where=str(path),
            expected="a YAML file that can be read",
            remedy="check the path given with --config",
        ) from error
    if len(content) > LARGEST_FILE_BYTES:
        raise SettingsError("the settings file is too large", where=str(path), expected="at most 1 MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(
            "the settings file is not UTF-8 text", where=f"{path} line {line}", remedy="save it as UTF-8"
        ) from error


def _yaml_node(text: str, *, where: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise SettingsError(
            f"this is not YAML: {error.problem}",
            where=where if mark is None else _at(where, mark),
            remedy="check the indentation, brackets and quotes there",
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        reason = (
            "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        )
        raise SettingsError(f"this is not YAML: {reason}", where=where) from None
    return node


def _plain(
    node: yaml.Node, *, where: str, path: SettingPath, layer: Layer, seen: set[int] | None = None
) -> Any:
    """The node as plain data; notes in ``layer`` where each setting was written."""
    seen = set() if seen is None else seen
    if id(node) in seen:
        raise SettingsError(
            "aliases (`*name`) are not read in settings",
            where=_at(where, node.start_mark),
            remedy="write it out",
        )
    seen.add(id(node))
    if path:
        layer.origins[path] = _at(where, node.start_mark)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name = _key(key, where=where)
            if name in mapping:
                raise SettingsError(
                    f"the setting {'.'.join((*path, name))} is written twice",
                    where=_at(where, key.start_mark),
                    expected="each setting once",
                    remedy="remove one of the two",
                )
            mapping[name] = _plain(value, where=where, path=(*path, name), layer=layer, seen=seen)
            layer.origins[(*path, name)] = _at(where, key.start_mark)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(item, where=where, path=(*path, str(index)), layer=layer, seen=seen)
            for index, item in enumerate(node.value)
        ]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise SettingsError(
            f"cannot read this value as {node.tag.rpartition(':')[2]}",
            where=_at(where, node.start_mark),
            remedy="put it in quotes if it is text",
        ) from None


def _key(node: yaml.Node, *, where: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.value in ("", "<<"):
        raise SettingsError(
            "this is no name of a setting", where=_at(where, node.start_mark), expected="a plain name"
        )
    name: str = node.value
    return name


def _at(where: str, mark: yaml.Mark) -> str:
    is_file = not where.startswith(("--set", "environment variable"))
    return f"{where} line {mark.line + 1}" if is_file else where


def _as_spelled(parts: Sequence[str], *, model: type[BaseModel], below: Mapping[str, Any]) -> SettingPath:
    path: list[str] = []
    for part in parts:
        known = [*fields_at(model, path), *(below if isinstance(below, Mapping) else ())]
        name = next((name for name in known if name.lower() == part.lower()), part.lower())
        path.append(name)
        below = below.get(name, {}) if isinstance(below, Mapping) else {}
    return tuple(path)


def _nested(path: SettingPath, value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    nested: dict[str, Any] = value
    return nested


def _merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for name, value in high.items():
        old = merged.get(name)
        merged[name] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
