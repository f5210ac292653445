"""Rejection: an event unlike all that was learnt from counts as flagged.

An attacker who moves one feature at a time leaves what occurs together. The screen is part of the saved model, so that
every attack meets the combined verdict, and one that knows the model knows the screen's trees as well (defences that
were judged by attacks which did not know them have a record of failing: Carlini and Wagner, AISec 2017).
"""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from garrison.defences.defence import Defence
from garrison.defences.draft import Draft
from garrison.detection import FAMILIES
from garrison.detection.families.screened import Screened
from garrison.errors import ModelError


class Rejection(Defence):
    """An isolation forest of ``trees`` trees over ``samples`` training rows each, benign and malicious alike.

    Its limit lets all but a ``share`` of the benign events through that are kept aside.
    """

    name: ClassVar[str] = "rejection"
    does: ClassVar[str] = "flags events unlike all that were learnt from"

    def __init__(self, *, share: float = 0.005, trees: int = 100, samples: int = 512) -> None:
        self.share = float(self._number("share", share, low=1e-6, high=0.5))
        self.trees = int(self._number("trees", trees, low=1, high=10_000, whole=True))
        self.samples = int(self._number("samples", samples, low=2, high=10_000_000, whole=True))

    def apply(self, draft: Draft) -> Draft:
        """The same model behind a screen."""
        if not FAMILIES[draft.family].supervised or draft.family == Screened.name:
            raise ModelError(f"{draft.family} cannot stand behind a screen", where=f"defence {self.name}")
        made = replace(draft, screen={"share": self.share, "trees": self.trees, "samples": self.samples})
        count = int(np.floor(self.share * (~draft.aside.y).sum()))
        words = f"flags what is more unusual than all but {self.share:.2%} of benign events kept aside"
        return made.noted(self.name, words, share=self.share, stopped_benign_at_most=count)
