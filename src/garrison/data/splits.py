"""Splits that keep together what belongs together, so that a test row has no twin in training.

A random split of a set with repeated rows measures memory; here a group stands on one side only, whether
the group is a set of equal feature rows or all that comes from one host.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.row_codes import combine_codes, row_codes, value_codes
from garrison.data.schema import Schema
from garrison.data.url_host import host_of, registered_domain
from garrison.errors import DataError, SchemaError

Indices = NDArray[np.int64]
Groups = NDArray[np.int64]
Labels = NDArray[np.bool_]

DERIVATIONS = {"host": host_of, "domain": registered_domain}
"""What a group may be derived from a text column: the host of a URL, or its registered domain, which is
stricter."""


@dataclass(frozen=True)
class Split:
    """Row numbers of the two sides, each ascending int64; together every row once."""

    train: Indices
    test: Indices


def group_ids(table: pa.Table, schema: Schema) -> Groups:
    """Which rows must stand on one side of a split, shape (n,) int64: rows of one group share an id.

    By ``schema.group_by``: ``features`` groups equal feature rows, a column's name groups its equal values,
    and ``host:url`` or ``domain:url`` group by what a URL in that column names. Missing values are one
    group. ``SchemaError`` when the column or the derivation is unknown.

    >>> schema = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}],
    ...                            "group_by": "host:url"})
    >>> group_ids(pa.table({"url": ["http://b.com/1", "http://a.com/", "http://b.com/2"]}), schema).tolist()
    [1, 0, 1]
    """
    given = schema.group_by
    if given == "features":
        _require(table, schema, schema.feature_names)
        return row_codes(table, schema.feature_names)
    if given in schema.names:
        _require(table, schema, (given,))
        return row_codes(table, (given,))
    derivation, _, name = given.partition(":")
    if derivation not in DERIVATIONS:
        raise SchemaError(
            f"rows cannot be grouped by {given!r}",
            where=f"schema {schema.name!r}",
            expected="'features', a column, or " + " or ".join(f"'{key}:<column>'" for key in DERIVATIONS),
        )
    _require(table, schema, (name,))
    if schema.column(name).type != "string":
        raise SchemaError(
            f"a {derivation} cannot be read from column {name!r}",
            where=f"schema {schema.name!r}",
            expected="a column of type string",
        )
    codes = value_codes(table.column(name))
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    texts = table.column(name).take(pa.array(first)).to_pylist()
    derived = [DERIVATIONS[derivation](text or "") for text in texts]
    _, named = np.unique(np.array(derived, dtype=object), return_inverse=True)
    return combine_codes([named.astype(np.int64)[inverse]], rows=table.num_rows)


def _require(table: pa.Table, schema: Schema, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise SchemaError(
            "columns are missing: " + ", ".join(missing),
            where=f"schema {schema.name!r}",
            expected="a table validated by this schema",
        )


def split_groups(labels: Labels, groups: Groups, *, test_share: float, seed: int) -> Split:
    """A train and a test side with no group on both and nearly the same share of positives.

    Groups are visited in a random order drawn from ``seed``; one joins the test side when that brings the
    test side's count of each class closer to its target. ``labels`` and ``groups`` have shape (n,);
    ``test_share`` is in (0, 1). ``DataError`` when a side would lack a class, which happens where few
    groups hold most rows.

    >>> labels = np.array([True, True, False, False])
    >>> split = split_groups(labels, np.array([0, 1, 2, 3]), test_share=0.5, seed=0)
    >>> len(split.train), len(split.test)
    (2, 2)
    """
    if not 0 < test_share < 1:
        raise DataError(f"the test share {test_share} is out of range", expected="a number between 0 and 1")
    _check_groups(labels, groups, sides=2)
    _, groups = np.unique(groups, return_inverse=True)
    count = int(groups.max()) + 1
    positive = np.bincount(groups, weights=labels, minlength=count)
    sizes = np.stack([positive, np.bincount(groups, minlength=count) - positive], axis=1)
    totals = sizes.sum(axis=0)
    shares = sizes / totals
    left = np.full(2, test_share)
    in_test = np.zeros(count, dtype=bool)
    for group in np.random.default_rng(seed).permutation(count):
        gain = float(np.dot(shares[group], 2 * left - shares[group]))
        if gain > 0:
            in_test[group] = True
            left = left - shares[group]
    for side in (in_test, ~in_test):
        if (sizes[side].sum(axis=0) == 0).any():
            raise DataError(
                "the rows cannot be split: a side would have rows of one class only",
                where=f"{len(labels):,} rows in {count:,} groups",
                expected="several groups of each class, none of which holds most rows",
                remedy="group by something finer, or choose another test share",
            )
    chosen = in_test[groups]
    return Split(train=np.flatnonzero(~chosen), test=np.flatnonzero(chosen))


def grouped_folds(labels: Labels, groups: Groups, *, folds: int, seed: int) -> list[tuple[Indices, Indices]]:
    """The (train, test) row numbers of each fold: every row is tested once, no group stands on both sides.

    Folds are stratified by ``labels`` as far as the groups allow (scikit-learn's ``StratifiedGroupKFold``).
    ``DataError`` when a class has fewer groups than there are folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    if folds < 2:
        raise DataError(f"{folds} folds are too few", expected="at least 2")
    _check_groups(labels, groups, sides=folds)
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    return [(train, test) for train, test in splitter.split(np.zeros((len(labels), 1)), labels, groups)]


def _check_groups(labels: Labels, groups: Groups, *, sides: int) -> None:
    if labels.shape != groups.shape or labels.ndim != 1:
        raise DataError(
            "labels and groups do not belong together",
            expected="one label and one group a row",
            where=f"shapes {labels.shape} and {groups.shape}",
        )
    for name, chosen in (("positive", labels), ("negative", ~labels)):
        found = len(np.unique(groups[chosen]))
        if found < sides:
            raise DataError(
                f"the {name} class has too few groups to be split",
                where=f"{found} groups with {int(chosen.sum()):,} rows",
                expected=f"at least {sides} groups",
                remedy="add data, ask for fewer folds, or group by something finer",
            )
