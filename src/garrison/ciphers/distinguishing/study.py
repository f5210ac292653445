"""One study of a cipher with so many rounds: what each way of telling its pairs from random ones reaches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.aes128 import AES128
from garrison.ciphers.cipher import Cipher
from garrison.ciphers.distinguishing.difference_table import MOST_ENTRIES, table_for
from garrison.ciphers.distinguishing.judging import DRAWN, Judged, Verdicts, judge
from garrison.ciphers.distinguishing.kept_judgements import kept_or_judged
from garrison.ciphers.distinguishing.key_averaging import averaged_likelihood
from garrison.ciphers.distinguishing.pairs import Pairs
from garrison.ciphers.distinguishing.training import Epoch, Network, Training, train_network
from garrison.ciphers.distinguishing.whole_table import Table
from garrison.ciphers.speck import Speck
from garrison.errors import UsageError

NETWORK, TABLE, AVERAGING = "network", "difference table", "key averaging"
METHODS = (AVERAGING, TABLE, NETWORK)
CHOICES = ("speck", "aes128")
RANDOM = 2.0**-32
"""How likely a pair of random blocks is to have one difference, whatever its values are."""


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
    return np.concatenate([network.probabilities(part.bits()) > 0.5 for part in pairs.parts(DRAWN)])


def by_table(table: Table, pairs: Pairs) -> NDArray[np.bool_]:
    """The table's verdicts: real where the difference is likelier than of random blocks."""
    return table.likelihood(pairs.differences()) > RANDOM


def by_averaging(table: Table, pairs: Pairs) -> NDArray[np.bool_]:
    """The verdicts by the mean over the last round's keys: real where it is likelier than of random blocks."""
    return averaged_likelihood(table, pairs) > RANDOM


def study(
    name: str,
    rounds: int,
    *,
    methods: Sequence[str] = METHODS,
    how: Training = Training(),  # noqa: B008
    start: Network | None = None,
    folder: Path | None = None,
    pairs: int = 1_000_000,
    entries: int = MOST_ENTRIES,
    processes: int = 1,
    told: Epoch | None = None,
) -> Iterator[Study]:
    """Judge by each of ``methods``, one after the other; all but the network are for Speck alone, and else left out.

    ``start`` gives the network weights to begin with. ``folder`` keeps the networks, a folder in it for each cipher and
    number of rounds, the tables of more than four rounds, and what was judged, which is not judged again. Raises as
    ``train_network`` and ``table_for`` do.
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise UsageError(f"there is no method {unknown[0]!r}", expected=" or ".join(METHODS))
    cipher = cipher_of(name, rounds)
    of_rounds = getattr(cipher, "rounds", 0)

    def judged(method: str, made_from: dict[str, Any], verdicts: Verdicts) -> Judged:
        path = (
            None
            if folder is None
            else folder / "judged" / f"{cipher.name}-{of_rounds}-{method.replace(' ', '-')}.json"
        )
        asked = {"cipher": cipher.name, "rounds": of_rounds, "pairs": pairs, "seed": how.seed}
        return kept_or_judged(
            path, asked | made_from, lambda: judge(verdicts, cipher, pairs=pairs, seed=how.seed)
        )

    tables = {TABLE: by_table, AVERAGING: by_averaging}
    table = cache(partial(table_for, of_rounds, most=entries, folder=folder, processes=processes))
    for method in methods:
        if method == NETWORK:
            place = None if folder is None else folder / f"{cipher.name}-{of_rounds}"
            network = train_network(cipher, how, folder=place, start=start, told=told)
            found = judged(method, {"sha256": network.sha256}, partial(by_network, network))
            yield Study(cipher.name, of_rounds, method, found, network)
        elif cipher.name == Speck.name:
            found = judged(method, {"entries": entries}, partial(_by, tables[method], table))
            yield Study(cipher.name, of_rounds, method, found)


def _by(
    way: Callable[[Table, Pairs], NDArray[np.bool_]], table: Callable[[], Table], pairs: Pairs
) -> NDArray[np.bool_]:
    """The verdicts by a table that is made when the first pairs are there."""
    return way(table(), pairs)
