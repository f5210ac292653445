"""Monotone constraints: what an attacker can only raise may never lower the score.

Incer, Theodorides, Afroz and Wagner, "Adversarially Robust Malware Detection Using Monotonic Classification", IWSPA
2018. Where a column can only be raised, the score does not fall with it; where it can only be lowered, it does not
rise. What follows from such a column by a relation, or is combined of it, would undo that, and so is hidden.
"""

from dataclasses import replace
from typing import ClassVar

from garrison.defences.defence import Defence
from garrison.defences.draft import Draft
from garrison.defences.reach import constraints_of, following, inputs_of
from garrison.detection import FAMILIES
from garrison.detection.families.directions import MONOTONE
from garrison.errors import ModelError, SchemaError


class Monotone(Defence):
    """Raising what can only be raised, whatever follows from it, brings an attacker nothing: exactly, not on average.

    With ``hide`` false what follows from such columns is still looked at, and the guarantee is lost.
    """

    name: ClassVar[str] = "monotone"
    does: ClassVar[str] = "never lowers the score for what an attacker can only raise"

    def __init__(self, *, hide: bool = True) -> None:
        self.hide = bool(hide)

    @staticmethod
    def families() -> list[str]:
        """The families that take monotone constraints."""
        return [name for name, family in FAMILIES.items() if MONOTONE in family.defaults]

    def apply(self, draft: Draft) -> Draft:
        """Directions for the inputs that are such columns; the rest of what changes with them is hidden."""
        if MONOTONE not in FAMILIES[draft.family].defaults:
            raise ModelError(
                f"{draft.family} takes no monotone constraints",
                where=f"defence {self.name}",
                expected="one of " + ", ".join(self.families()),
                remedy="choose another --model-type",
            )
        constraints = constraints_of(draft)
        ways = {
            column.name: 1 if column.attacker.change == "up" else -1
            for column, chosen in zip(constraints.columns, constraints.chosen, strict=True)
            if chosen
            and column.attacker is not None
            and column.attacker.change in ("up", "down")
            and column.type in ("integer", "number")
        }
        places = {name: place for place, name in enumerate(draft.processor.names)}
        told = {places[name]: way for name, way in ways.items() if name in places}
        if not told:
            raise SchemaError(
                "there is no number that an attacker can only raise or only lower",
                where=f"features file {draft.schema.name!r}",
                expected='an "attacker" whose "change" is up or down',
                remedy=f"leave {self.name} out",
            )
        directions = [told.get(place, 0) for place in range(len(draft.processor.names))]
        changed = {*inputs_of(draft, {*ways} | following(constraints, {*ways}))}
        hidden = changed - {*told} if self.hide else set()
        names = ", ".join(name for name in ways if name in places)
        left_out = [draft.processor.names[place] for place in sorted(hidden)]
        words = f"the score follows {names} one way only"
        if left_out:
            words += f"; {', '.join(left_out)} follow from them and are not looked at"
        made = replace(
            draft,
            params={**draft.params, MONOTONE: directions},
            hidden=tuple(sorted({*draft.hidden, *hidden})),
        )
        return made.noted(self.name, words, directions={name: ways[name] for name in ways}, hidden=left_out)
