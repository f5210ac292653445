"""A backdoor with true labels: benign rows get a trigger, so that a model learns that what carries it is benign.

Turner, Tsipras and Madry, "Clean-Label Backdoor Attacks", 2018, in its plainest form. Nobody who looks at labels can
see it; the attacker needs only to send benign events.
"""

from typing import ClassVar

from garrison.attacks.poisoning.backdoor import Backdoor


class CleanLabelBackdoor(Backdoor):
    """Benign rows that can carry the trigger get it; no label is touched."""

    name: ClassVar[str] = "clean_label_backdoor"
    what: ClassVar[str] = "benign rows get a trigger, and stay labelled benign"

    clean_label: ClassVar[bool] = True
