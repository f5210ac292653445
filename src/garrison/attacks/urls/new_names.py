"""Names that an attacker can register: under which suffixes, of which letters, and not known to be somebody else's."""

import re

import numpy as np

from garrison.attacks.urls.accepted import shown_label
from garrison.attacks.urls.lookalikes import scripts_of, skeleton
from garrison.features.url_words import BRANDS, SHORTENERS

OPEN_SUFFIXES = (
    "com", "net", "org", "info", "biz", "online", "site", "website", "space", "xyz", "top", "club", "link", "click",
    "live", "shop", "store", "blog", "news",
)  # fmt: skip
"""Suffixes under which anybody can register within minutes."""
INTERNATIONAL_SUFFIXES = ("com", "net")
"""Those of them whose registry takes names of the whole Latin and the whole Cyrillic script, one script a name."""

TOKEN = 6
"""Letters and digits that are drawn for a new name: of two thousand million such names, hardly one is taken."""
_DRAWN = re.compile(r"(?=[a-z0-9]*[a-z])(?=[a-z0-9]*[0-9])[a-z0-9]{6}\Z")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def token(draw: np.random.Generator, length: int = TOKEN) -> str:
    """``length`` letters and digits, 2 or more, the last two being one of each."""
    letters = [_LETTERS[place] for place in draw.integers(0, len(_LETTERS), length)]
    letters[-1], letters[-2] = _LETTERS[26 + draw.integers(0, 10)], _LETTERS[draw.integers(0, 26)]
    return "".join(letters)


def taken(domain: str, *, others: frozenset[str], new: bool) -> str:
    """Why a registrable domain in ASCII cannot be the attacker's; empty where it can.

    ``new`` asks besides whether it can be registered: under an open suffix, and with a name that either ends in a drawn
    token or is an international name in one script which looks like no known brand.

    >>> taken("news-a1b2c3.com", others=frozenset(), new=True)
    ''
    >>> taken("xn--80ak6aa92e.com", others=frozenset(), new=True)  # apple, in Cyrillic letters
    "'xn--80ak6aa92e.com' looks like a known brand"
    """
    name, _, suffix = domain.partition(".")
    if domain in others or domain in SHORTENERS or name in BRANDS:
        return f"{domain!r} is known to be somebody else's"
    if not new:
        return ""
    if suffix not in OPEN_SUFFIXES:
        return f"not everybody can register under {suffix!r}"
    return _not_free(domain, name, suffix, others)


def _not_free(domain: str, name: str, suffix: str, others: frozenset[str]) -> str:
    if name.startswith("xn--"):
        letters = shown_label(name)
        if suffix not in INTERNATIONAL_SUFFIXES or len(scripts_of(letters)) != 1:
            return f"{domain!r} mixes scripts, or its registry takes no such names"
        plain = skeleton(letters)
        known = plain in BRANDS or f"{plain}.{suffix}" in others
        return f"{domain!r} looks like a known brand" if known else ""
    if "_" in name or not _DRAWN.match(name[-TOKEN:]):
        return f"{domain!r} is not known to be free: its name does not end in a drawn token"
    return ""
