"""Letters that look like those of a name: in the same script, or in another."""

import unicodedata

LATIN = dict(zip("abdeghiklmnorstuvwyz", "ạḅḍẹɡḥıḳḷṃṇọṛṣṭụṿẉỵẓ", strict=True))
"""Latin letters for Latin letters: a name of them stays in one script, as registries ask for."""
CYRILLIC = dict(zip("acdehijlopqswxy", "асԁеһіјӏорԛѕԝху", strict=True))
"""Cyrillic letters that cannot be told from Latin ones in most fonts."""
PLAIN = {strange: plain for table in (LATIN, CYRILLIC) for plain, strange in table.items()}


def scripts_of(label: str) -> frozenset[str]:
    """The scripts of the letters of a label, by the first word of their Unicode names; digits and hyphens have none.

    >>> sorted(scripts_of("a\\u0430-1"))
    ['CYRILLIC', 'LATIN']
    """
    return frozenset(unicodedata.name(letter, "UNKNOWN").split()[0] for letter in label if letter.isalpha())


def skeleton(label: str) -> str:
    """The plain name that a label looks like."""
    return "".join(PLAIN.get(letter, letter) for letter in label)
