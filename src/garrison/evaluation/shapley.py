"""What each feature added to the score of a row: Shapley values, sampled."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError
from garrison.evaluation.players import Player, players_of
from garrison.progress import progress

Floats = NDArray[np.float64]

CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Contributions:
    """What each of ``k`` features added to the scores of ``n`` rows.

    ``base`` is the mean score of the background; for each row, ``base`` and its ``values`` (n, k) sum up to its
    score. ``data`` (n, k) is what the row has: a number, or the place in ``categories`` of the feature's category, -1
    for none of them; a number has no ``categories``. ``permutations`` is how many orders were walked for each row.
    The last feature may be the sum of so many ``others``, which has no ``data``: NaN.
    """

    base: float
    names: tuple[str, ...]
    values: Floats
    data: Floats
    categories: tuple[tuple[str, ...], ...]
    permutations: int
    others: int = 0

    @property
    def weight(self) -> Floats:
        """How much each feature moves a score, ``(k,)``: the mean of the absolute values."""
        weight: Floats = np.abs(self.values).mean(axis=0)
        return weight

    def strongest(self, most: int) -> "Contributions":
        """The ``most`` features that move scores most, strongest first, and the sum of all others as a last one.

        The values of a row still add up to its score.
        """
        single = len(self.names) - bool(self.others)
        order = np.argsort(-self.weight[:single], kind="stable")
        first, rest = order[:most], np.r_[order[most:], np.arange(single, len(self.names))]
        others = len(order[most:]) + self.others
        names = tuple(self.names[place] for place in first)
        categories = tuple(self.categories[place] for place in first)
        values, data = self.values[:, first], self.data[:, first]
        if rest.size:
            names += (f"{others} others",)
            categories += ((),)
            values = np.column_stack([values, self.values[:, rest].sum(axis=1)])
            data = np.column_stack([data, np.full(len(data), np.nan)])
        return Contributions(self.base, names, values, data, categories, self.permutations, others)

    def to_dict(self) -> dict[str, Any]:
        """The contributions as JSON values."""
        return {
            "base": self.base,
            "names": list(self.names),
            "values": self.values.tolist(),
            "data": [[None if math.isnan(value) else value for value in row] for row in self.data.tolist()],
            "categories": [list(each) for each in self.categories],
            "permutations": self.permutations,
            "others": self.others,
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "Contributions":
        """The contributions that ``to_dict`` wrote."""
        shape = (-1, len(facts["names"]))
        return cls(
            base=float(facts["base"]),
            names=tuple(facts["names"]),
            values=np.array(facts["values"], dtype=np.float64).reshape(shape),
            data=np.array(facts["data"], dtype=np.float64).reshape(shape),
            categories=tuple(tuple(each) for each in facts["categories"]),
            permutations=int(facts["permutations"]),
            others=int(facts["others"]),
        )


def contributions(
    score: Callable[[Floats], Floats],
    X: Floats,
    *,
    background: Floats,
    names: Sequence[str],
    players: Sequence[Player] | None = None,
    permutations: int = 64,
    seed: int = 0,
    most_evaluations: int = 2_000_000,
) -> Contributions:
    """Shapley values of the features of each row of ``X`` (n, d), by sampled orders (Strumbelj and Kononenko 2014).

    ``score`` turns a matrix (m, d) into scores (m,); it is called on large parts, ``CELLS_AT_ONCE`` numbers at most.
    An order is a walk from a row of ``background`` (b, d) to the row explained, one feature at a time: what the score
    gains on a step is that feature's. Orders come with their reverse (antithetic pairs), each pair from a background
    row of its own, so that few orders see much of the background; ``permutations`` is rounded up so that every
    background row serves equally often, and lowered, as is the number of background rows, to need at most
    ``most_evaluations`` scores of rows. The background is best drawn from the training rows.

    One-hot columns named ``column=value`` are one feature, unless ``players`` says otherwise. A feature that the
    model does not read gets exactly 0. Features are set one by one as if they were independent (the interventional
    values of Lundberg and Lee 2017), so rows are scored that could not occur. Equal seeds give equal values; those of
    a row do not depend on the other rows.

    ``DataError`` for shapes that do not fit, no rows, or more rows than ``most_evaluations`` allows.

    >>> X = np.array([[1.0, 0.0, 5.0], [0.0, 2.0, 5.0]])
    >>> found = contributions(
    ...     lambda X: X @ [2.0, 1.0, 0.0], X, background=np.zeros((4, 3)), names=["a", "b", "unused"]
    ... )
    >>> found.base, found.values.tolist()
    (0.0, [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    """
    _check_shapes(X, background, names)
    chosen = players_of(names) if players is None else tuple(players)
    player_of = _player_of(chosen, len(names))
    pairs, used = _pairs(len(X), len(chosen), len(background), permutations, most_evaluations)
    start = background[np.random.default_rng(seed).permutation(len(background))[:used]]
    ends, starts = _scored(score, X), _scored(score, start)
    ranks = np.concatenate(
        [_ranks(pairs, len(chosen), np.random.default_rng([seed, row])) for row in range(len(X))]
    )
    explained = np.repeat(np.arange(len(X)), 2 * pairs)
    origin = np.tile(np.repeat(np.arange(pairs) % used, 2), len(X))
    step = max(1, CELLS_AT_ONCE // max(1, (len(chosen) - 1) * len(names)))
    values = np.zeros((len(X), len(chosen)))
    with progress("contributions", total=len(ranks)) as advance:
        for first in range(0, len(ranks), step):
            walks = slice(first, first + step)
            moves, rows, froms = ranks[walks], explained[walks], origin[walks]
            path = np.empty((len(moves), len(chosen) + 1))
            path[:, 0], path[:, -1] = starts[froms], ends[rows]
            path[:, 1:-1] = _between(score, X[rows], start[froms], moves[:, player_of], len(chosen))
            np.add.at(values, rows, np.take_along_axis(np.diff(path, axis=1), moves, axis=1))
            advance(len(moves))
    return Contributions(
        base=float(starts.mean()),
        names=tuple(player.name for player in chosen),
        values=values / (2 * pairs),
        data=np.column_stack([player.values_in(X) for player in chosen]),
        categories=tuple(player.categories for player in chosen),
        permutations=2 * pairs,
    )


def _ranks(pairs: int, players: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """When each player moves, ``(2 * pairs, players)`` from 0: orders, each followed by its reverse."""
    forward = generator.permuted(np.tile(np.arange(players), (pairs, 1)), axis=1)
    return np.stack([forward, players - 1 - forward], axis=1).reshape(2 * pairs, players)


def _between(
    score: Callable[[Floats], Floats], X: Floats, start: Floats, moves: NDArray[np.int64], players: int
) -> Floats:
    """The scores between both ends of each walk, ``(walks, players - 1)``.

    ``moves`` (walks, d) is the step on which a column goes from ``start`` to ``X``, both (walks, d).
    """
    if players == 1:
        return np.empty((len(X), 0))
    moved = moves[:, None, :] < np.arange(1, players)[None, :, None]
    mixed = np.where(moved, X[:, None, :], start[:, None, :]).reshape(-1, X.shape[1])
    return _scored(score, mixed).reshape(len(X), players - 1)


def _scored(score: Callable[[Floats], Floats], X: Floats) -> Floats:
    found = np.asarray(score(X), dtype=np.float64)
    if found.shape != (len(X),) or not np.isfinite(found).all():
        raise DataError(
            f"the scores of {len(X)} rows have shape {found.shape} or are not finite",
            where="contributions",
            expected="one finite score a row",
        )
    return found


def _pairs(rows: int, players: int, background: int, permutations: int, most: int) -> tuple[int, int]:
    """How many pairs of orders are walked for each row, and from how many background rows."""
    if permutations < 2:
        raise DataError(f"{permutations} permutations", where="contributions", expected="at least two")
    cost = 2 * rows * max(players - 1, 1)
    affordable = most // cost
    if affordable < 1:
        raise DataError(
            f"{rows:,} rows of {players:,} features need {cost:,} scores at least",
            where="contributions",
            expected=f"at most {most:,}",
            remedy="explain fewer rows, or allow more evaluations",
        )
    pairs = min((permutations + 1) // 2, affordable)
    if pairs <= background:
        return pairs, pairs
    rounds = -(-pairs // background)
    return (
        rounds if rounds * background <= affordable else affordable // background
    ) * background, background


def _player_of(players: Sequence[Player], columns: int) -> NDArray[np.int64]:
    """Which player each column belongs to, ``(d,)``."""
    owner = np.full(columns, -1, dtype=np.int64)
    held = [(number, column) for number, player in enumerate(players) for column in player.columns]
    if sorted(column for _, column in held) != list(range(columns)):
        raise DataError(
            "the players do not hold each column once",
            where="contributions",
            expected=f"players that share out the columns 0 to {columns - 1}",
        )
    for number, column in held:
        owner[column] = number
    return owner


def _check_shapes(X: Floats, background: Floats, names: Sequence[str]) -> None:
    for what, given in (("rows to explain", X), ("background rows", background)):
        if given.ndim != 2 or len(given) == 0 or given.shape[1] != len(names) or not names:
            raise DataError(
                f"the {what} have shape {given.shape}",
                where="contributions",
                expected=f"(n, {len(names)}): at least one row, a column a name",
            )
