"""The names that settings can have, read from the model that they are checked against."""

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

_DEEPEST = 12


def fields_at(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """The names of the settings right below ``path``; empty where any name goes, or there are none.

    >>> class Training(BaseModel):
    ...     metric: str
    ...     folds: int
    >>> class Settings(BaseModel):
    ...     training: Training | None
    >>> fields_at(Settings, ["training"])
    ['metric', 'folds']
    """
    places: list[Any] = [model]
    for name in path:
        places = [below for place in places for below in _below(place, name)]
    return [name for place in places for section in _sections(place) for name in _names(section)]


def nearest_name(model: type[BaseModel], path: Sequence[str]) -> str:
    """The known dotted path most like the unknown ``path``; empty when none is like it.

    A name beside it comes first, then the same or a like name anywhere in the settings.
    """
    *above, name = path
    near = difflib.get_close_matches(name, fields_at(model, above), n=1)
    if near:
        return ".".join([*above, near[0]])
    known = list(dict.fromkeys(_all_paths(model)))
    same = [dotted for dotted in known if dotted.rpartition(".")[2] == name]
    return next(iter([*same, *difflib.get_close_matches(".".join(path), known, n=1)]), "")


def is_secret_field(model: type[BaseModel], path: Sequence[str]) -> bool:
    """Whether the setting at ``path`` is typed as a secret."""
    places: list[Any] = [model]
    for name in path:
        places = [below for place in places for below in _below(place, name)]
    return any("Secret" in getattr(place, "__name__", "") for place in places)


def _all_paths(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[str]:
    if len(above) > _DEEPEST:
        return
    for name, field in _names(model).items():
        yield ".".join((*above, name))
        for section in _sections(field):
            yield from _all_paths(section, (*above, name))


def _names(section: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}


def _sections(annotation: Any) -> list[type[BaseModel]]:
    return [
        kind for kind in _alternatives(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)
    ]


def _below(annotation: Any, name: str) -> list[Any]:
    """What the setting ``name`` below a setting of this type may be."""
    found: list[Any] = []
    for kind in _alternatives(annotation):
        origin, arguments = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            below = _names(kind).get(name)
            found += [] if below is None else _alternatives(below)
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            found += _alternatives(arguments[1])
        elif isinstance(origin, type) and issubclass(origin, Sequence) and arguments and name.isdigit():
            found += _alternatives(arguments[0])
    return found


def _alternatives(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return [kind for part in get_args(annotation) for kind in _alternatives(part)]
    return [annotation]
