"""What every gradient inversion is: a name, what its adversary knows, and images from an update."""

from typing import ClassVar, Protocol

from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate


class GradientInversion(Protocol):
    """A curious server: it sees one update, follows the protocol, and asks the parties nothing more."""

    name: ClassVar[str]
    knowledge: ClassVar[str]

    def run(self, update: SeenUpdate, *, seed: int = 0) -> Reconstructed:
        """Images of the update's examples; equal seeds give equal images, unless the seconds are over first."""
