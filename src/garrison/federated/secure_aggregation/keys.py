"""The keys of one party in one round: one pair for masks, one for sealing shares, and the seed of its own mask."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from garrison.federated.secure_aggregation.masks import SEED_BYTES
from garrison.federated.secure_aggregation.refusal import SecureAggregationError

NONCE = bytes(12)
"""A sealing key is used for one message only, so that the nonce needs not change."""


@dataclass(frozen=True)
class Advertisement:
    """What a party tells everybody at the start of a round; ``signature`` is empty where parties have no identity."""

    party: int
    mask_key: bytes
    seal_key: bytes
    commitment: bytes
    signature: bytes = b""

    def body(self, round: int) -> bytes:
        """The bytes that are signed, for one round."""
        head = f"garrison advertisement {round} {self.party} ".encode()
        return head + b"".join(
            hashlib.sha256(part).digest() for part in (self.mask_key, self.seal_key, self.commitment)
        )

    def to_json(self) -> list[Any]:
        """It as plain values."""
        return [
            self.party,
            *(one.hex() for one in (self.mask_key, self.seal_key, self.commitment, self.signature)),
        ]

    @classmethod
    def from_json(cls, told: Sequence[Any]) -> "Advertisement":
        """What ``to_json`` gave; ``SecureAggregationError`` when it is something else."""
        try:
            party, *parts = told
            return cls(int(party), *(bytes.fromhex(one) for one in parts))
        except (TypeError, ValueError, OverflowError) as error:
            raise SecureAggregationError(
                "what a party told of its keys cannot be read", expected="a number and four keys"
            ) from error


@dataclass(frozen=True)
class RoundKeys:
    """The secrets of one party in one round, 32 bytes each; made by the system's generator, never shown."""

    mask: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    seed: bytes = field(repr=False)

    @classmethod
    def make(cls) -> "RoundKeys":
        """Fresh ones."""
        return cls(*(secrets.token_bytes(SEED_BYTES) for _ in range(3)))

    def advertisement(self, party: int) -> Advertisement:
        """The public half, and a commitment to the seed."""
        return Advertisement(party, public_of(self.mask), public_of(self.seal), commitment_to(self.seed))


def commitment_to(seed: bytes) -> bytes:
    """A hash by which a seed that was put together again is known to be the right one."""
    return hashlib.sha256(b"garrison seed" + seed).digest()


def public_of(private: bytes) -> bytes:
    """The X25519 public key of a private one (RFC 7748)."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def agreed(private: bytes, public: bytes, *, session: bytes, purpose: str) -> bytes:
    """32 bytes that only the two holders know: X25519, then HKDF-SHA-256 over session and purpose.

    Raises ``SecureAggregationError`` when ``public`` is no key (RFC 7748 section 6.1: the all-zero secret).
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        secret = X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    except ValueError as error:
        raise SecureAggregationError(
            "a party's public key is none", expected="an X25519 key of 32 bytes"
        ) from error
    return HKDF(SHA256(), SEED_BYTES, salt=session, info=f"garrison {purpose}".encode()).derive(secret)


def seal(key: bytes, content: bytes, *, about: bytes) -> bytes:
    """``content`` so that only the holder of ``key`` can read it, and nobody can change it or what it is about."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key).encrypt(NONCE, content, about)


def unseal(key: bytes, sealed: bytes, *, about: bytes) -> bytes | None:
    """What was sealed; None where it was changed, or sealed for somebody or something else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(NONCE, sealed, about)
    except InvalidTag:
        return None
