"""Letters replaced by others that look like them, so that a person reads the same name and a detector does not.

The idea is that of Gabrilovich and Gontmakher, "The homograph attack" (CACM 2002). In a registrable name only what a
registry takes is counted: one script (``new_names``). In names before it, which no registry sees, scripts may be
mixed; browsers then show ``xn--…``, which is told by a flag. In the path a letter is written by its bytes.
"""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from garrison.attacks.urls.accepted import ascii_host, shown_label
from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.lookalikes import CYRILLIC, LATIN
from garrison.attacks.urls.new_names import INTERNATIONAL_SUFFIXES
from garrison.attacks.urls.ownership import registrable
from garrison.attacks.urls.task import Means


class Homoglyphs(UrlAttack):
    """One letter of a name becomes another that looks like it, or a whole name one of another script."""

    name: ClassVar[str] = "homoglyphs"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """A third of them in each of: the names before the domain, the domain itself, the path."""
        makers = (self._subdomain, self._domain, self._path)
        for place in range(count):
            found = makers[(place + int(means.draw.integers(0, 3))) % 3](draft, means)
            if found is not None:
                yield found

    def _subdomain(self, draft: Draft, means: Means) -> Draft | None:
        plain = ascii_host(draft.host) or draft.host
        domain, _ = registrable(plain)
        if not domain or plain == domain or not means.owner.names(draft):
            return None
        labels = plain.removesuffix("." + domain).split(".")
        at = int(means.draw.integers(0, len(labels)))
        label = _one_letter(shown_label(labels[at]), means, both=True)
        if label is None:
            return None
        return _hosted("lookalike letter", draft, [*labels[:at], label, *labels[at + 1 :], domain], means)

    def _domain(self, draft: Draft, means: Means) -> Draft | None:
        domain, _ = registrable(ascii_host(draft.host) or draft.host)
        if not domain:
            return None
        name, _, suffix = domain.partition(".")
        shown = shown_label(name)
        label = _one_letter(shown, means, both=False)
        if all(letter in CYRILLIC or not letter.isalpha() for letter in shown) and means.draw.random() < 0.5:
            label = "".join(CYRILLIC.get(letter, letter) for letter in shown)
        if label is None:
            return None
        ending = (
            suffix if suffix in INTERNATIONAL_SUFFIXES else str(means.draw.choice(INTERNATIONAL_SUFFIXES))
        )
        before = draft.host.removesuffix(domain).rstrip(".")
        labels = [before] if before and means.owner.names(draft) else []
        return _hosted("lookalike domain", draft, [*labels, label, ending], means)

    def _path(self, draft: Draft, means: Means) -> Draft | None:
        stem, dot, ending = draft.path.rpartition(".")
        text = stem if dot and "/" not in ending else draft.path
        places = [
            at
            for at, letter in enumerate(text)
            if letter in CYRILLIC and "%" not in text[max(at - 2, 0) : at]
        ]
        if not places:
            return None
        at = int(means.draw.choice(places))
        path = text[:at] + quote(CYRILLIC[text[at]]) + draft.path[at + 1 :]
        return draft.changed("lookalike letter in the path", draft.path, path, path=path)


def _one_letter(label: str, means: Means, *, both: bool) -> str | None:
    tables = (LATIN, CYRILLIC) if both else (LATIN,)
    table = tables[int(means.draw.integers(0, len(tables)))]
    places = [at for at, letter in enumerate(label) if letter in table]
    if not places:
        return None
    at = int(means.draw.choice(places))
    return label[:at] + table[label[at]] + label[at + 1 :]


def _hosted(kind: str, draft: Draft, labels: list[str], means: Means) -> Draft | None:
    """The draft at these labels, in ASCII or, half of the time, as letters: a text may hold either."""
    host = ascii_host(".".join(labels))
    if host is None:
        return None
    if means.draw.random() < 0.5:
        host = ".".join(map(shown_label, host.split(".")))
    return draft.changed(kind, draft.host, host, host=host)
