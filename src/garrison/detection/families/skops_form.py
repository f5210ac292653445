"""scikit-learn estimators as bytes, through skops: canonical, and audited before anything is built.

skops names array files and nodes by their memory addresses, so that equal estimators give different bytes. Here both
are numbered in order of appearance and the zip file carries no date. On loading, every class and every kind of node in
the file must be on the family's own short list; skops then builds them without running anything from the file.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from garrison.detection.families.arrays import read_zip, write_zip
from garrison.errors import ModelError

NODES = frozenset({"DictNode", "JsonNode", "ListNode", "NdArrayNode", "ObjectNode", "TupleNode", "TypeNode"})
PLAIN = frozenset({"builtins.dict", "builtins.list", "builtins.str", "builtins.tuple", "numpy.ndarray"})
MOST_MEMBERS = 4096
MOST_SCHEMA_BYTES = 16 * 2**20


def dump_estimators(estimators: Sequence[Any]) -> bytes:
    """The estimators as one skops file; equal estimators give equal bytes."""
    import skops.io

    members = read_zip(skops.io.dumps(list(estimators)), most_members=MOST_MEMBERS)
    tree = json.loads(members["schema.json"])
    numbers: dict[int, int] = {}
    arrays: dict[str, bytes] = {}
    for count, node in enumerate(_nodes(tree)):
        shared = node["__loader__"] != "JsonNode"
        node["__id__"] = numbers.setdefault(node["__id__"], count) if shared else count
        if node["__loader__"] == "NdArrayNode" and node["type"] == "numpy":
            name = f"{node['__id__']}.npy"
            arrays.setdefault(name, members[node["file"]])
            node["file"] = name
    return write_zip({"schema.json": json.dumps(tree, indent=1, sort_keys=False).encode(), **arrays})


def load_estimators(content: bytes, *, trusted: Sequence[str]) -> list[Any]:
    """The estimators in a skops file that holds no class but those in ``trusted`` and plain containers."""
    import skops.io

    schema = read_zip(content, most_members=MOST_MEMBERS)["schema.json"]
    if len(schema) > MOST_SCHEMA_BYTES:
        raise _unwanted("its schema is larger than 16 MiB")
    allowed = PLAIN.union(trusted)
    for node in _nodes(json.loads(schema)):
        found = f"{node['__module__']}.{node['__class__']}"
        if node["__loader__"] not in NODES or found not in allowed:
            raise _unwanted(f"it holds {node['__loader__']} {found}"[:200])
    estimators = skops.io.loads(content, trusted=[])
    if not isinstance(estimators, list):
        raise _unwanted("it holds no list")
    return estimators


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every node of a skops tree, in order of appearance; deep trees do not exhaust the stack."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if "__loader__" in current:
                yield current
            waiting.extend(reversed(current.values()))
        elif isinstance(current, list):
            waiting.extend(reversed(current))


def _unwanted(reason: str) -> ModelError:
    return ModelError(
        f"a saved estimator is refused: {reason}",
        expected="only the classes that this family writes",
        remedy="train the model again; do not load models from a source you do not trust",
    )
