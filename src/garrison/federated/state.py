"""What a coordinator must have written down to go on after it was killed, and to come to the same bytes.

::

    state.json                 the plan, the rounds so far, the ledgers of privacy, and the digest of the weights' file
    round-00012.safetensors    the weights after that round, and what the strategy remembers

``state.json`` is written last; until then the state before it stands.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import IntegrityError, ModelError, UsageError
from garrison.federated.ledger import Ledger
from garrison.federated.plan import Plan
from garrison.federated.rounds import Round
from garrison.files import atomic_file, write_json

FORMAT = 1
STATE = "state.json"
_MODEL, _MEMORY = "model/", "memory/"
_REMEDY = "begin in an empty folder; the rounds so far are lost"
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class State:
    """Where a training stands: the ``plan`` as solved, the weights, the strategy's memory, and what was spent."""

    plan: Plan
    weights: Arrays
    memory: Arrays = field(default_factory=dict)
    rounds: tuple[Round, ...] = ()
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    central: Ledger = field(default_factory=Ledger)

    @property
    def number(self) -> int:
        """The last finished round; 0 before the first."""
        return self.rounds[-1].number if self.rounds else 0


def write_state(state: State, folder: Path, *, asked: str) -> None:
    """Write the state; ``asked`` is the digest of the plan as it was asked for, before it was solved."""
    from safetensors.numpy import save

    arrays = {f"{_MODEL}{name}": array for name, array in state.weights.items()}
    arrays |= {f"{_MEMORY}{name}": array for name, array in state.memory.items()}
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
    name = f"round-{state.number:05}.safetensors"
    with atomic_file(folder / name) as temporary:
        temporary.write_bytes(content)
    facts = {
        "format": FORMAT,
        "asked": asked,
        "plan": state.plan.to_dict(),
        "rounds": [each.to_dict() for each in state.rounds],
        "ledgers": {party: ledger.to_list() for party, ledger in state.ledgers.items()},
        "central": state.central.to_list(),
        "weights": {"file": name, "sha256": hashlib.sha256(content).hexdigest()},
    }
    write_json(folder / STATE, facts)
    for old in folder.glob("round-*.safetensors"):
        if old.name != name:
            old.unlink(missing_ok=True)


def read_state(folder: Path, *, asked: str) -> State | None:
    """The state in a folder, None where there is none yet.

    ``UsageError`` when it is that of another plan, ``IntegrityError`` when the weights are not those it names, and
    ``ModelError`` when it cannot be read.
    """
    path = folder / STATE
    if not path.exists():
        return None
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["format"] != FORMAT:
            raise ModelError(f"the state has format {facts['format']!r}", where=str(path), remedy=_REMEDY)
        if facts["asked"] != asked:
            raise UsageError(
                "the folder holds the rounds of another plan",
                where=str(path),
                expected="the settings and the seed that the training was begun with",
                remedy="give those settings again, or another folder",
            )
        weights, memory = _arrays(folder, facts["weights"])
        return State(
            plan=Plan.from_dict(facts["plan"]),
            weights=weights,
            memory=memory,
            rounds=tuple(map(Round.from_dict, facts["rounds"])),
            ledgers={party: Ledger.from_list(runs) for party, runs in facts["ledgers"].items()},
            central=Ledger.from_list(facts["central"]),
        )
    except (
        OSError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ModelError(
            f"the state of the training cannot be read: {type(error).__name__}",
            where=str(path),
            remedy=_REMEDY,
        ) from error


def _arrays(folder: Path, named: Mapping[str, Any]) -> tuple[Arrays, Arrays]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / Path(str(named["file"])).name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntegrityError(f"{path.name} is missing", where=str(path), remedy=_REMEDY) from error
    if hashlib.sha256(content).hexdigest() != named["sha256"]:
        raise IntegrityError(
            f"{path.name} was changed",
            where=str(path),
            expected=f"the SHA-256 {named['sha256']}",
            remedy=_REMEDY,
        )
    try:
        found = load(content)
    except SafetensorError as error:
        raise ModelError("the weights cannot be read", where=str(path), remedy=_REMEDY) from error
    return _below(_MODEL, found), _below(_MEMORY, found)


def _below(prefix: str, found: Mapping[str, NDArray[np.generic]]) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in found.items() if name.startswith(prefix)}
