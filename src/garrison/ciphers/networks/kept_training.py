"""A training on disk: the weights, their running mean, what Adam remembers, and the curve; verified when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from garrison.ciphers.adam_moments import moments_of, put_back
from garrison.detection.integrity import read_sealed, write_sealed
from garrison.errors import IntegrityError, UsageError
from garrison.files import atomic_folder, output_errors

WEIGHTS, MEAN, BEST, ADAM = (f"{name}.safetensors" for name in ("weights", "mean", "best", "adam"))

Weights = dict[str, Tensor]


@dataclass
class State:
    """How far a training is: ``step``, the running mean of its weights, the ``best`` so far, and ``curve``, a record a
    validation."""

    mean: Weights
    best: Weights
    step: int = 0
    curve: list[dict[str, Any]] = field(default_factory=list)


def keep(folder: Path, identity: Mapping[str, Any], state: State, module: nn.Module, adam: Optimizer) -> None:
    """Write all of it in place of what was there, whole or not at all."""
    from safetensors.torch import save

    files = {
        WEIGHTS: save(dict(module.state_dict())),
        MEAN: save(state.mean),
        BEST: save(state.best),
        ADAM: save(moments_of(adam)),
    }
    facts = {"identity": dict(identity), "step": state.step, "curve": state.curve}
    with output_errors(folder), atomic_folder(folder) as temporary:
        write_sealed(temporary, files, facts)


def restore(folder: Path, identity: Mapping[str, Any], module: nn.Module, adam: Optimizer) -> State | None:
    """Put back what was kept; nothing where nothing was.

    ``IntegrityError`` for what was changed, ``UsageError`` for what other settings made.
    """
    if not folder.is_dir():
        return None
    from safetensors.torch import load

    sealed = read_sealed(folder)
    before = sealed.manifest.get("identity")
    if before != dict(identity):
        raise UsageError(
            "the folder holds a training of other settings",
            where=str(folder),
            expected="; ".join(_changes(before if isinstance(before, dict) else {}, identity)),
            remedy="choose another --network folder, or remove what is there",
        )
    try:
        module.load_state_dict(load(sealed.files[WEIGHTS]))
        put_back(adam, load(sealed.files[ADAM]))
        return State(
            mean=load(sealed.files[MEAN]),
            best=load(sealed.files[BEST]),
            step=int(sealed.manifest["step"]),
            curve=list(sealed.manifest["curve"]),
        )
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise IntegrityError(f"the training cannot be read: {error}", where=str(folder)) from error


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> list[str]:
    """What differs, a line a setting: of settings within settings only those that are others.

    >>> _changes({"rate": 1, "shape": {"letter": 12, "pin": 8}}, {"rate": 1, "shape": {"pin": 8, "letter": 15}})
    ['shape.letter was 12, is 15']
    """
    found = []
    for name in {**before, **now}:
        one, other = before.get(name), now.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += _changes(one, other, f"{within}{name}.")
        elif one != other:
            found.append(f"{within}{name} was {one!r}, is {other!r}")
    return found
