"""Who a party is to the others: an Ed25519 key that lasts, so that nobody can put in parties that do not exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from garrison.errors import UsageError
from garrison.federated.secure_aggregation.keys import Advertisement
from garrison.federated.secure_aggregation.refusal import SecureAggregationError
from garrison.federated.secure_aggregation.session import Session

_MOST = 4096


@dataclass(frozen=True)
class Identity:
    """A party's private signing key, 32 bytes."""

    private: bytes = field(repr=False)

    def sign(self, told: Advertisement, round: int) -> Advertisement:
        """The advertisement, signed for this round."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self.private)
        return replace(told, signature=key.sign(told.body(round)))

    @property
    def public(self) -> bytes:
        """What the other parties know it by, 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()


@dataclass(frozen=True)
class KnownParties:
    """The public keys of all parties, by name; each party has the list from elsewhere than the server."""

    keys: Mapping[str, bytes]

    def check(self, session: Session) -> None:
        """Raise ``SecureAggregationError`` unless each party of the session signed with another key of the list."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        left = dict(self.keys)
        for one in session.parties:
            for name, key in left.items():
                try:
                    Ed25519PublicKey.from_public_bytes(key).verify(one.signature, one.body(session.round))
                except InvalidSignature:
                    continue
                del left[name]
                break
            else:
                raise SecureAggregationError(
                    f"round {session.round}: party {one.party} is nobody whom this party knows",
                    expected=f"a signature of one of {', '.join(sorted(self.keys))}, each once",
                    remedy="if it is a new party, its public key must come to all others, not through the server",
                )


def read_identity(path: Path) -> Identity:
    """The private key in a file that only its owner can read: PEM, Ed25519."""
    from garrison.run.owner_only import read_owner_only

    return Identity(_private(read_owner_only(path, most=_MOST), path))


def read_known_parties(folder: Path) -> KnownParties:
    """The public keys ``NAME.pub`` of a folder."""
    keys = {path.stem: _public(path) for path in sorted(folder.glob("*.pub"))}
    if not keys:
        raise UsageError(
            "there are no public keys of parties", where=str(folder), expected="NAME.pub, one a party"
        )
    return KnownParties(keys)


def _private(content: bytes, path: Path) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            "this is no key of a party", where=str(path), expected="an unencrypted Ed25519 key in PEM form"
        )
    return key.private_bytes_raw()


def _public(path: Path) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the key: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError("this is no public key of a party", where=str(path), expected="Ed25519 in PEM form")
    return key.public_bytes_raw()
