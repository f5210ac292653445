"""A reason not to believe what an attack or a measurement says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flag:
    """A reason not to believe a result; ``name`` is explained on the page of attacks."""

    name: str
    why: str
