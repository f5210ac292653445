"""What was made of a model: a record for each class, and how sure the model is of it."""

from dataclasses import dataclass

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.interface import Floats, Ints, Records


@dataclass(frozen=True, kw_only=True)
class Inverted:
    """A record for each of ``classes`` ``(n,)``: float32 images ``(n, *shape)``, or a table of ``n`` events.

    ``confidence`` ``(n,)`` is the attacked model's own probability of the class, in [0, 1]. ``queries`` counts
    records that the model was asked about, with its slopes where the attacker has them.
    """

    attack: str
    knowledge: str
    classes: Ints
    records: Records
    confidence: Floats
    queries: int
    iterations: int
    seconds: float
    flags: tuple[Flag, ...] = ()
