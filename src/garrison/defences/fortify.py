"""Several defences on one draft, each on what those before it made."""

from collections.abc import Sequence

from garrison.defences.defence import Defence
from garrison.defences.draft import Draft
from garrison.defences.names import DEFENCES
from garrison.errors import SettingsError


def fortify(draft: Draft, defences: Sequence[Defence]) -> Draft:
    """The draft with these defences, applied in the order of ``DEFENCES``, in whatever order they are given.

    Raises ``SettingsError`` for none, or two of a kind, and what the defences raise.
    """
    order = list(DEFENCES)
    chosen = sorted(defences, key=lambda each: order.index(each.name))
    names = [each.name for each in chosen]
    if not names or len({*names}) < len(names):
        raise SettingsError(
            "no defence is named" if not names else f"a defence is named twice: {', '.join(names)}",
            expected="one or more of " + ", ".join(order) + ", each once",
        )
    for each in chosen:
        draft = each.apply(draft)
    return draft
