"""How the test part is found: as the data's authors set it aside, by time, or by groups."""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.row_codes import row_codes
from garrison.data.schema import Schema
from garrison.data.splits import Labels, Split, group_ids, split_groups
from garrison.data.splits_by_time import later_part
from garrison.errors import DataError, SettingsError
from garrison.features import window_columns
from garrison.pipelines.settings import IngestionSettings


@dataclass(frozen=True)
class Parts:
    """The rows to learn from and those to test on; ``how`` is official, time or groups."""

    train: pa.Table
    test: pa.Table
    how: str
    further: dict[str, pa.Table] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()


def split_events(
    settings: IngestionSettings, table: pa.Table, tests: dict[str, pa.Table], *, schema: Schema, seed: int
) -> Parts:
    """Split as the settings say; what a source did before comes to each event first, as later rows lose their past.

    The parts of a split by time are in order of time; the order of the rows in the file decides only which of two
    events of one moment comes first.

    ``tests`` are the parts that were set aside beforehand, the first being the one to be judged by. Raises
    ``SettingsError`` when a split is asked for that the data do not allow, ``DataError`` when a side lacks a class.
    """
    how = _chosen(settings, schema, official=bool(tests))
    table = with_past(table, schema)
    if how == "time" and schema.time is not None:
        table = _in_order(table, schema.time)
    labels = schema.labels(table)
    if how == "official":
        first, *others = ((name, with_past(part, schema)) for name, part in tests.items())
        schema.labels(first[1])
        parts = Parts(table, first[1], how, dict(others))
        return replace(parts, caveats=_shared(table, dict([first, *others]), schema))
    if how == "time" and schema.time is not None:
        times = table.column(schema.time).cast(pa.int64()).to_numpy()
        split = _checked(Split(*later_part(times, share=settings.test_share)), labels, table, schema.time)
    else:
        split = split_groups(labels, group_ids(table, schema), test_share=settings.test_share, seed=seed)
    train, test = table.take(pa.array(split.train)), table.take(pa.array(split.test))
    return Parts(train, test, how, caveats=_shared(train, {"the test part": test}, schema))


def with_past(table: pa.Table, schema: Schema) -> pa.Table:
    """The table with the columns of past behaviour that its schema asks for, where it has not got them yet."""
    if schema.windows is None or schema.time is None or {*schema.windows.names} <= {*table.column_names}:
        return table
    past = window_columns(table, schema.windows, time=schema.time)
    for name in past.column_names:
        table = table.append_column(name, past.column(name))
    return table


def _chosen(settings: IngestionSettings, schema: Schema, *, official: bool) -> str:
    if settings.split == "auto":
        return "official" if official else "time" if schema.time else "groups"
    if settings.split == "official" and not official:
        raise SettingsError(
            "ingestion.split: the data have no official test part",
            expected="a data set whose authors set one aside, or files in ingestion.test",
            remedy="name the test part (--set ingestion.test=[FILE]), or choose split=groups or split=time",
        )
    if settings.split == "time" and schema.time is None:
        raise SettingsError(
            "ingestion.split: there is no time to split by",
            where=f"schema {schema.name!r}",
            expected="'time' in the features file",
            remedy="name the timestamp column there, or choose split=groups",
        )
    return settings.split


def _in_order(table: pa.Table, time: str) -> pa.Table:
    times = table.column(time).cast(pa.int64()).to_numpy()
    if (times[1:] >= times[:-1]).all():
        return table
    return table.take(pa.array(np.argsort(times, kind="stable")))


def _checked(split: Split, labels: Labels, table: pa.Table, time: str) -> Split:
    """The split by time, if attacks and benign events stand on both of its sides."""
    for side, rows in (("earlier", split.train), ("later", split.test)):
        if labels[rows].all() or not labels[rows].any():
            first = pc.min(table.column(time).take(pa.array(split.test))).as_py()
            raise DataError(
                f"the rows cannot be split by time: the {side} part has rows of one class only",
                where=f"{len(rows):,} rows, cut at {first:%Y-%m-%d %H:%M:%S} UTC",
                expected="attacks and benign events before and after it",
                remedy="choose another test share (ingestion.test_share), or split by groups "
                "(--set ingestion.split=groups)",
            )
    return split


def _shared(train: pa.Table, tests: dict[str, pa.Table], schema: Schema) -> tuple[str, ...]:
    """What to say of test rows whose features, past included, occur in training; nothing where there are none."""
    past = tuple(name for name in schema.window_names if name in train.column_names)
    names = (*schema.feature_names, *past)
    seen = row_codes(pa.concat_tables([each.select(list(names)) for each in (train, *tests.values())]), names)
    found, start = [], train.num_rows
    for name, test in tests.items():
        shared = int(np.isin(seen[start : start + test.num_rows], seen[: train.num_rows]).sum())
        start += test.num_rows
        if shared:
            found.append(
                f"{shared:,} of {test.num_rows:,} rows of {name} repeat the features of a training row"
            )
    return tuple(found)
