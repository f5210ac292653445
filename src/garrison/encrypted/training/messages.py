"""What owner and trainer send each other: encrypted training rows one way, encrypted weights both ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from garrison.encrypted.training.plan import Plan
from garrison.encrypted.wire import Parcel
from garrison.errors import EncryptionError, ModelError


@dataclass(frozen=True)
class Sent:
    """Ciphertexts under the key pair of ``fingerprint``, that belong to a ``plan``."""

    plan: Plan
    fingerprint: str
    ciphertexts: Sequence[bytes]

    kind: ClassVar[str]

    def to_bytes(self) -> bytes:
        """As they are sent."""
        facts = {"plan": self.plan.to_dict(), "fingerprint": self.fingerprint}
        return Parcel(self.kind, facts, self.ciphertexts).to_bytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What ``to_bytes`` wrote; ``EncryptionError`` for anything else, a secret key above all."""
        parcel = Parcel.read(content, cls.kind)
        try:
            plan, fingerprint = Plan.from_dict(parcel.facts["plan"]), parcel.facts["fingerprint"]
            if set(parcel.facts) != {"plan", "fingerprint"} or not isinstance(fingerprint, str):
                raise KeyError
        except (KeyError, TypeError, AttributeError, ModelError) as error:
            raise EncryptionError(
                f"{cls.kind}: the header does not say what it should",
                expected="what this version of Garrison writes",
                remedy="use the same version of Garrison on both sides",
            ) from error
        return cls(plan, fingerprint, parcel.parts)


class EncryptedTable(Sent):
    """Training rows and labels: for every part of as many rows as there are slots, each input, then the labels."""

    kind = "encrypted training rows"


class FreshWeights(Sent):
    """Weights that their owner has encrypted anew, one ciphertext an input, for another round."""

    kind = "encrypted starting weights"


class TrainedWeights(Sent):
    """What a round of steps made of the weights, one ciphertext an input."""

    kind = "encrypted weights"


def check_belongs(sent: Sent, plan: Plan, fingerprint: str, *, count: int) -> None:
    """Raise ``EncryptionError`` unless it is of this plan, under these keys, and whole."""
    if sent.plan != plan:
        raise EncryptionError(f"{sent.kind} of another plan", expected=str(plan), remedy="agree on one plan")
    if sent.fingerprint != fingerprint:
        raise EncryptionError(
            f"{sent.kind} under the keys {sent.fingerprint[:16]}",
            expected=f"the keys {fingerprint[:16]}",
            remedy="encrypt the rows again, or send the evaluation keys that belong to them",
        )
    if len(sent.ciphertexts) != count:
        raise EncryptionError(
            f"{len(sent.ciphertexts):,} ciphertexts of {sent.kind}",
            expected=f"{count:,}",
            remedy="send all of them",
        )
