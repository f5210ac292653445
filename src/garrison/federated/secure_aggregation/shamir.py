"""A secret in pieces, of which any ``threshold`` give it back and fewer say nothing (Shamir 1979)."""

import secrets
from collections.abc import Iterable, Mapping

PRIME = (1 << 521) - 1
"""The field's size, a Mersenne prime; secrets are up to 64 bytes."""

SHARE_BYTES = 66


def split(secret: bytes, *, to: Iterable[int], threshold: int) -> dict[int, int]:
    """A share for each number of ``to`` (distinct, above 0 and below ``PRIME``), drawn by the system's generator.

    >>> shares = split(b"attack at dawn..", to=[1, 2, 3], threshold=2)
    >>> join({2: shares[2], 3: shares[3]}, length=16)
    b'attack at dawn..'
    """
    if len(secret) > 64:
        raise ValueError(f"a secret of {len(secret)} bytes")
    holders = [*to]
    if len({*holders}) != len(holders) or not all(0 < holder < PRIME for holder in holders):
        raise ValueError("the holders are not distinct numbers above 0")
    if not 1 <= threshold <= len(holders):
        raise ValueError(f"threshold {threshold} of {len(holders)} shares")
    coefficients = [
        *(secrets.randbelow(PRIME) for _ in range(threshold - 1)),
        int.from_bytes(secret, "big"),
    ]
    shares = {}
    for holder in holders:
        value = 0
        for coefficient in coefficients:
            value = (value * holder + coefficient) % PRIME
        shares[holder] = value
    return shares


def join(shares: Mapping[int, int], *, length: int) -> bytes | None:
    """The secret of ``length`` bytes that lies on the shares; None where they do not fit (it would be longer)."""
    total = 0
    for holder, share in shares.items():
        above, below = share, 1
        for other in shares:
            if other != holder:
                above = above * other % PRIME
                below = below * (other - holder) % PRIME
        total = (total + above * pow(below, -1, PRIME)) % PRIME
    return total.to_bytes(length, "big") if total < 1 << (8 * length) else None
