"""What every defence is: a draft of a detector in, a draft that is harder to evade out."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from garrison.defences.draft import Draft
from garrison.errors import SettingsError


class Defence(ABC):
    """One way to make a detector harder to evade; its parameters are keywords of its class.

    It learns and chooses by the two parts of the draft alone, and tells in a note what it did.
    """

    name: ClassVar[str]
    does: ClassVar[str]
    """In a few words."""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Self:
        """The defence with these parameters; ``SettingsError`` names one that it does not take."""
        known = [name for name in inspect.signature(cls).parameters if name != "self"]
        for name in params:
            if name not in known:
                raise SettingsError(
                    f"{cls.name} takes no parameter {name!r}",
                    where=f"parameters of {cls.name}",
                    expected="some of " + ", ".join(known) if known else "none",
                    remedy="remove it, or look at docs/defences.md",
                )
        return cls(**params)

    @abstractmethod
    def apply(self, draft: Draft) -> Draft:
        """The draft as this defence would have it.

        Raises ``ModelError`` for a family that it does not fit and ``SchemaError`` where the features file gives it
        nothing to work with.
        """

    @classmethod
    def _number(cls, name: str, value: Any, *, low: float, high: float, whole: bool = False) -> Any:
        """``value``, if it is a number from ``low`` to ``high``; else a ``SettingsError``."""
        right = isinstance(value, int) if whole else isinstance(value, int | float)
        if isinstance(value, bool) or not right or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise SettingsError(
                f"{name} is {value!r}",
                where=f"parameters of {cls.name}",
                expected=f"{kind} from {low:g} to {high:g}",
            )
        return value
