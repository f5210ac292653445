"""One study of a cipher with so many rounds: a network trained and judged, and beside it the table of differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.aes128 import AES128
from garrison.ciphers.cipher import Cipher
from garrison.ciphers.distinguishing.difference_table import MOST_ENTRIES, DifferenceTable, table_for
from garrison.ciphers.distinguishing.judging import Judged, judge
from garrison.ciphers.distinguishing.pairs import Pairs
from garrison.ciphers.distinguishing.training import Epoch, Network, Training, train_network
from garrison.ciphers.speck import Speck
from garrison.errors import UsageError

NETWORK, TABLE = "network", "difference table"
CHOICES = ("speck", "aes128")


@dataclass(frozen=True)
class Study:
    """What one distinguisher reached: ``method`` on ``cipher`` with ``rounds`` (0: all it has); the network it was."""

    cipher: str
    rounds: int
    method: str
    judged: Judged
    network: Network | None = None


def cipher_of(name: str, rounds: int) -> Cipher[Any]:
    """The cipher by the name that a command is given; ``UsageError`` for any other."""
    if name in ("speck", Speck.name):
        return Speck(rounds)
    if name == AES128.name:
        return AES128()
    raise UsageError(f"pairs of {name!r} cannot be told apart here", expected=" or ".join(CHOICES))


def by_network(network: Network, pairs: Pairs) -> NDArray[np.bool_]:
    """The network's verdicts: real above one half."""
    return network.probabilities(pairs.bits()) > 0.5


def by_table(table: DifferenceTable, pairs: Pairs) -> NDArray[np.bool_]:
    """The table's verdicts: real where the difference is likelier than of random blocks."""
    return table.likelihood(pairs.differences()) > 2.0**-32


def study(
    name: str,
    rounds: int,
    *,
    methods: Sequence[str] = (NETWORK, TABLE),
    how: Training = Training(),  # noqa: B008
    start: Network | None = None,
    folder: Path | None = None,
    pairs: int = 1_000_000,
    entries: int = MOST_ENTRIES,
    told: Epoch | None = None,
) -> list[Study]:
    """Train and judge by each of ``methods``; the table is for Speck alone, and left out for another cipher.

    ``start`` gives the network weights to begin with. ``folder`` keeps it, a folder in it for each cipher and number of
    rounds. Raises as ``train_network`` and ``table_for`` do.
    """
    cipher = cipher_of(name, rounds)
    of_rounds = getattr(cipher, "rounds", 0)
    found: list[Study] = []
    for method in methods:
        network = None
        if method == NETWORK:
            place = None if folder is None else folder / f"{cipher.name}-{of_rounds}"
            network = train_network(cipher, how, folder=place, start=start, told=told)
            judged = judge(partial(by_network, network), cipher, pairs=pairs, seed=how.seed)
        elif method == TABLE:
            if cipher.name != Speck.name:
                continue
            table = table_for(of_rounds, most=entries)
            judged = judge(partial(by_table, table), cipher, pairs=pairs, seed=how.seed)
        else:
            raise UsageError(f"there is no method {method!r}", expected=f"{NETWORK} or {TABLE}")
        found.append(Study(cipher.name, of_rounds, method, judged, network))
    return found
