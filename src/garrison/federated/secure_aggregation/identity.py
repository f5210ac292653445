"""Who a party is to the others: a key that lasts, so that nobody can put in parties that do not exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.errors import UsageError
from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.session import Session

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

_MOST = 4096


@dataclass(frozen=True)
class Identity:
    """A party's private key (NIST P-384); it signs what the party tells of its keys of a round (ECDSA, SHA-384)."""

    private: "EllipticCurvePrivateKey" = field(repr=False)

    @classmethod
    def make(cls) -> "Identity":
        """A fresh one."""
        from cryptography.hazmat.primitives.asymmetric import ec

        return cls(ec.generate_private_key(ec.SECP384R1()))

    def sign(self, told: Advertisement, round: int) -> Advertisement:
        """The advertisement, signed for this round."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA384

        return replace(told, signature=self.private.sign(told.body(round), ec.ECDSA(SHA384())))

    @property
    def public(self) -> "EllipticCurvePublicKey":
        """What the other parties know it by."""
        return self.private.public_key()


@dataclass(frozen=True)
class KnownParties:
    """The public keys of all parties, by name; each party has the list from elsewhere than the server."""

    keys: Mapping[str, "EllipticCurvePublicKey"]

    def check(self, session: Session) -> None:
        """Raise ``SecureAggregationError`` unless each party of the session signed with another key of the list."""
        left = dict(self.keys)
        for one in session.parties:
            name = next((name for name, key in left.items() if _signed(key, one, session.round)), None)
            if name is None:
                raise SecureAggregationError(
                    f"round {session.round}: party {one.party} is nobody whom this party knows",
                    expected=f"a signature of one of {', '.join(sorted(self.keys))}, each once",
                    remedy="if it is a new party, its public key must come to all others, not through the server",
                )
            del left[name]


def _signed(key: "EllipticCurvePublicKey", told: Advertisement, round: int) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA384

    try:
        key.verify(told.signature, told.body(round), ec.ECDSA(SHA384()))
    except InvalidSignature:
        return False
    return True


def read_identity(path: Path) -> Identity:
    """The private key in a file that only its owner can read, as ``garrison federated certificates`` writes it.

    Raises ``UsageError`` when others may read the file, or it holds no such key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    from garrison.run.owner_only import read_owner_only

    content = read_owner_only(path, most=_MOST)
    try:
        key = load_ssh_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise UsageError(
            "this is no key of a party",
            where=str(path),
            expected="a key on a NIST curve in OpenSSH form, as `garrison federated certificates` writes it",
        )
    return Identity(key)


def read_known_parties(folder: Path) -> KnownParties:
    """The public keys ``NAME.pub`` of a folder; ``UsageError`` when there are none, or one is none."""
    keys = {path.stem: _public(path) for path in sorted(folder.glob("*.pub"))}
    if not keys:
        raise UsageError(
            "there are no public keys of parties", where=str(folder), expected="NAME.pub, one a party"
        )
    return KnownParties(keys)


def _public(path: Path) -> "EllipticCurvePublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the key: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise UsageError(
            "this is no public key of a party", where=str(path), expected="a NIST curve, in PEM form"
        )
    return key
