"""Which rows are asked about: different ones, as many members as others, and what models learn from besides."""

from dataclasses import dataclass

import numpy as np

from garrison.attacks.privacy import TARGET, Audit
from garrison.attacks.privacy.interface import Bools, Ints
from garrison.data.row_codes import row_codes
from garrison.data.schema import Schema
from garrison.errors import DataError
from garrison.pipelines.privacy.sides import Sides


@dataclass(frozen=True)
class Questions:
    """An audit of ``sides``; ``member``, bool ``(u,)``, is the truth of its u questions.

    ``duplicates`` rows were left out, as a training row has equal features. ``unseen`` are the places of rows that
    neither the attacked model learnt from nor anybody asks about: what an attacker may know besides.
    """

    audit: Audit
    member: Bools
    duplicates: int
    unseen: Ints


def draw_questions(sides: Sides, schema: Schema, *, rows: int, shadow_rows: int, seed: int) -> Questions:
    """Draw up to ``rows`` rows of different features, half of them members.

    Rows of equal features are one question: they are learnt from together or not at all. Models learn from
    ``shadow_rows`` rows, if there are so many. Raises ``DataError`` where fewer than two members or others are left.
    """
    past = tuple(name for name in schema.window_names if name in sides.table.column_names)
    codes = row_codes(sides.table, (*schema.feature_names, *past))
    _, first = np.unique(codes, return_index=True)
    draw = np.random.default_rng([seed, 4])
    recipe = sides.protocol == "recipe"
    within = np.isin(codes, codes[sides.learnt])
    duplicates = int((within & ~sides.learnt).sum())
    if recipe:
        asked = _drawn(first, rows, draw)
    else:
        sets = (first[within[first]], first[~within[first]])
        if min(map(len, sets)) < 2:
            raise DataError(
                f"{len(sets[0])} different rows were learnt from and {len(sets[1])} were not",
                where=sides.origin,
                expected="two or more of each",
                remedy="name other rows (--others), or attack the recipe (--protocol recipe)",
            )
        asked = np.concatenate([_drawn(each, rows // 2, draw) for each in sets])
    stands_for = _stands_for(codes, asked)
    if not recipe:
        stands_for[within & ~sides.learnt] = -1
    audit = Audit(
        records=sides.table,
        y=schema.labels(sides.table).astype(np.int64),
        asked=asked,
        stands_for=stands_for,
        fill=np.ones(len(codes), dtype=np.bool_) if recipe else sides.learnt,
        size=min(shadow_rows, len(codes) if recipe else int(sides.learnt.sum())),
        seed=seed,
    )
    seen = np.zeros(len(codes), dtype=np.bool_)
    seen[audit.learnt_from(TARGET) if recipe else np.flatnonzero(sides.learnt)] = True
    return Questions(
        audit=audit,
        member=audit.inside(TARGET) if recipe else sides.learnt[asked],
        duplicates=duplicates,
        unseen=np.flatnonzero(~np.isin(codes, codes[seen]) & (stands_for < 0)),
    )


def _drawn(places: Ints, most: int, draw: np.random.Generator) -> Ints:
    return np.sort(draw.choice(places, min(most, len(places)), replace=False))


def _stands_for(codes: Ints, asked: Ints) -> Ints:
    """Which question each row stands for, by its features; -1 where it is none."""
    place = np.full(int(codes.max()) + 1, -1, dtype=np.int64)
    place[codes[asked]] = np.arange(len(asked))
    return place[codes]
