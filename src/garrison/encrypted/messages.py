"""What client and server send each other, as types: evaluation keys, encrypted rows, encrypted outputs."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, cast, get_args

from garrison.encrypted.parameters import Parameters
from garrison.encrypted.wire import Parcel
from garrison.errors import EncryptionError, ModelError

PackingName = Literal["columns", "rows"]
MOST_ROWS = 2**20
"""Rows of one message; more go into several."""

_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class EvaluationKeys:
    """What lets a server work on ciphertexts and read none of them: the public half of a key pair.

    ``squares`` are relinearisation keys, ``turns`` Galois keys that sum blocks of ``block`` slots; both are SEAL's
    bytes, and None where the models need none. ``key`` is 32 random bytes in hexadecimal that name the pair.
    """

    parameters: Parameters
    key: str
    block: int
    squares: bytes | None
    turns: bytes | None

    kind: ClassVar[str] = "evaluation keys"

    def to_bytes(self) -> bytes:
        """As they are sent, once."""
        facts = {
            "parameters": self.parameters.to_dict(),
            "key": self.key,
            "block": self.block,
            "holds": [self.squares is not None, self.turns is not None],
        }
        return Parcel(
            self.kind, facts, [part for part in (self.squares, self.turns) if part is not None]
        ).to_bytes()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the keys, by which rows say whose they are."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The keys that ``to_bytes`` wrote; ``EncryptionError`` for anything else, a secret key above all."""
        parcel = Parcel.read(content, cls.kind)
        facts = _facts(parcel, "parameters", "key", "block", "holds")
        holds, block = facts["holds"], facts["block"]
        parameters = _parameters(facts["parameters"])
        right = isinstance(holds, list) and len(holds) == 2 and all(type(each) is bool for each in holds)
        right = right and type(block) is int and 1 <= block <= parameters.slots and not block & (block - 1)
        if not right or sum(holds) != len(parcel.parts):
            raise _unreadable(cls.kind)
        parts = list(parcel.parts)
        squares = parts.pop(0) if holds[0] else None
        turns = parts.pop(0) if holds[1] else None
        return cls(parameters, _digest(facts["key"]), block, squares, turns)


@dataclass(frozen=True)
class Encrypted:
    """``rows`` rows of numbers under the key pair of ``fingerprint``, to do with the model of digest ``model``.

    ``name`` is 32 random bytes in hexadecimal that rows are given, and that the outputs made of them bear.
    ``ciphertexts`` are SEAL's bytes, in the order that the ``packing`` says.
    """

    parameters: Parameters
    fingerprint: str
    model: str
    name: str
    rows: int
    packing: PackingName
    ciphertexts: Sequence[bytes]

    kind: ClassVar[str]

    def to_bytes(self) -> bytes:
        """As they are sent."""
        facts = {
            "parameters": self.parameters.to_dict(),
            "fingerprint": self.fingerprint,
            "model": self.model,
            "name": self.name,
            "rows": self.rows,
            "packing": self.packing,
        }
        return Parcel(self.kind, facts, self.ciphertexts).to_bytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What ``to_bytes`` wrote; ``EncryptionError`` for anything else."""
        parcel = Parcel.read(content, cls.kind)
        facts = _facts(parcel, "parameters", "fingerprint", "model", "name", "rows", "packing")
        rows, packing = facts["rows"], facts["packing"]
        if type(rows) is not int or not 1 <= rows <= MOST_ROWS or packing not in get_args(PackingName):
            raise _unreadable(cls.kind)
        return cls(
            parameters=_parameters(facts["parameters"]),
            fingerprint=_digest(facts["fingerprint"]),
            model=_digest(facts["model"]),
            name=_digest(facts["name"]),
            rows=rows,
            packing=cast("PackingName", packing),
            ciphertexts=parcel.parts,
        )


class EncryptedRows(Encrypted):
    """Rows for a model, as their owner sends them."""

    kind = "encrypted rows"


class EncryptedOutputs(Encrypted):
    """What the model made of the rows, and nothing besides."""

    kind = "encrypted outputs"


def _facts(parcel: Parcel, *names: str) -> dict[str, Any]:
    if set(parcel.facts) != set(names):
        raise _unreadable(parcel.kind)
    return dict(parcel.facts)


def _parameters(facts: Any) -> Parameters:
    try:
        return Parameters.from_dict(facts)
    except ModelError as error:
        raise EncryptionError(error.what, expected=error.expected, remedy=error.remedy) from error


def _digest(text: Any) -> str:
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise _unreadable("a name of a key, a model or rows")
    return text


def _unreadable(kind: str) -> EncryptionError:
    return EncryptionError(
        f"{kind}: the header does not say what it should",
        expected="what this version of Garrison writes",
        remedy="use the same version of Garrison on both sides",
    )
