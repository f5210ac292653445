"""What an attacker takes from benign URLs that it has seen: their hosts, folders and queries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from garrison.attacks.urls.accepted import flaw_of, is_address
from garrison.attacks.urls.draft import Draft

MOST = 4_000
"""Pieces of each kind that are kept."""

HOSTS = ("www.google.com", "en.wikipedia.org", "www.microsoft.com", "www.amazon.com", "docs.python.org")
WORDS = ("news", "blog", "about", "support", "articles", "products", "help", "en-us", "2024", "docs")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_~-]{1,119}")
_PAIR = re.compile(r"[A-Za-z0-9_.~-]{1,40}=[A-Za-z0-9_.~%+-]{1,120}")


@dataclass(frozen=True)
class Material:
    """Pieces of benign URLs, without repeats: hosts, folders of paths, and ``name=value`` of queries."""

    hosts: tuple[str, ...]
    folders: tuple[str, ...]
    queries: tuple[str, ...]

    @classmethod
    def of(cls, urls: Sequence[str]) -> "Material":
        """What these have; a few that everybody knows are there in any case."""
        hosts, folders = dict.fromkeys(HOSTS), dict.fromkeys(WORDS)
        queries = {f"ref={word}": None for word in WORDS}
        for url in urls:
            if flaw_of(url):
                continue
            parts = Draft.of(url)
            if not is_address(parts.host) and parts.host.isascii():
                hosts[parts.host] = None
            folders |= dict.fromkeys(filter(_WORD.fullmatch, parts.path.split("/")))
            queries |= dict.fromkeys(filter(_PAIR.fullmatch, parts.query.split("&")))
        return cls(*(tuple(each)[:MOST] for each in (hosts, folders, queries)))

    def host(self, draw: np.random.Generator) -> str:
        """One of the hosts."""
        return self.hosts[draw.integers(0, len(self.hosts))]

    def folder(self, draw: np.random.Generator) -> str:
        """One of the folders."""
        return self.folders[draw.integers(0, len(self.folders))]

    def query(self, draw: np.random.Generator) -> str:
        """One ``name=value``."""
        return self.queries[draw.integers(0, len(self.queries))]
