"""Pieces of benign URLs in path, query and fragment: the attacker's server gives the same page at any of them."""

from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.task import Means


class BenignWords(UrlAttack):
    """A benign folder in the page's own folder, a benign ``name=value`` in the query, or a benign fragment."""

    name: ClassVar[str] = "benign_words"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """A half of them with a folder, a quarter with a query, a quarter with a fragment."""
        for place in range(count):
            yield (_folder, _query, _folder, _fragment)[place % 4](draft, means)


def _folder(draft: Draft, means: Means) -> Draft:
    path = f"{draft.folder}{means.material.folder(means.draw)}/{draft.file}"
    return draft.changed("folder", draft.path, path, path=path)


def _query(draft: Draft, means: Means) -> Draft:
    more = means.material.query(means.draw)
    query = f"{draft.query}&{more}" if draft.query else more
    path = draft.path or "/"
    return draft.changed("query", draft.query, query, query=query, path=path)


def _fragment(draft: Draft, means: Means) -> Draft:
    word = means.material.folder(means.draw)
    fragment = f"{draft.fragment}-{word}" if draft.fragment else word
    return draft.changed("fragment", draft.fragment, fragment, fragment=fragment, path=draft.path or "/")
