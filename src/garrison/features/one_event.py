"""One event to the numbers a model sees, by kind of processor: what ``transform`` gives for a table of one row."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.data.one_value import Unsure, text
from garrison.data.schema import Schema
from garrison.data.validate import BOOKKEEPING
from garrison.features.clock import CLOCK_NAMES, clock_of_one
from garrison.features.events import EventProcessor
from garrison.features.live_windows import LiveWindows
from garrison.features.one_row import LEAST_SPREAD, OneRow
from garrison.features.processor import Processor
from garrison.features.tabular import TabularProcessor
from garrison.features.url import UrlProcessor

Floats = NDArray[np.float64]
OneEvent = Callable[[Mapping[str, Any]], Floats]
"""An event's numbers, shape (d,); ``Unsure`` where only a table can tell what they are, or that there are none."""


def one_event(processor: Processor, schema: Schema, *, windows: LiveWindows | None = None) -> OneEvent:
    """What makes single events of ``schema`` into the numbers of ``processor``.

    With ``windows`` each event has the past that is remembered there, and is remembered; without, it has none. What
    is not known how to do for one event is left to the table, by ``Unsure``.

    >>> schema = Schema.from_dict({"name": "flows", "columns": [
    ...     {"name": "port", "type": "integer"}, {"name": "proto", "type": "string"}]})
    >>> import pyarrow as pa
    >>> table = pa.table({"port": [80, 53], "proto": ["tcp", "udp"]})
    >>> one_event(TabularProcessor().fit(table, schema), schema)({"port": 22, "proto": "tcp"}).tolist()
    [22.0, 1.0, 0.0]
    """
    make = _KINDS.get(processor.kind)
    return make(processor, schema, windows) if make else _never


def _never(event: Mapping[str, Any]) -> Floats:  # noqa: ARG001
    raise Unsure


def _tabular(processor: Any, schema: Schema, windows: LiveWindows | None) -> OneEvent:  # noqa: ARG001
    checked: TabularProcessor = processor
    fitted = checked.fitted
    one_row = OneRow(checked, schema, width=len(checked.names))
    if not checked.scale:
        return lambda event: one_row(event)[0]
    if (fitted.scale < LEAST_SPREAD).any():
        return _never

    def scaled(event: Mapping[str, Any]) -> Floats:
        row, _, _ = one_row(event)
        row -= fitted.center
        row /= fitted.scale
        return row

    return scaled


def _events(processor: Any, schema: Schema, windows: LiveWindows | None) -> OneEvent:
    checked: EventProcessor = processor
    fitted = checked.fitted
    if checked.scale and (fitted.spread < LEAST_SPREAD).any():
        return _never
    spec, time = fitted.windows, fitted.time
    names = spec.names if spec else ()
    remembered = (*((time,) if time else ()), *(spec.columns if spec and windows is not None else ()))
    width = len(checked.names)
    one_row = OneRow(fitted.tabular, schema, width=width, past=names, remembered=remembered)
    clock = slice(len(fitted.tabular.names), len(fitted.tabular.names) + len(CLOCK_NAMES))

    def numbers(event: Mapping[str, Any]) -> Floats:
        row, wanted, with_past = one_row(event)
        if time is not None:
            row[clock] = clock_of_one(wanted[time])
        if windows is not None and not with_past:
            row[width - len(names) :] = windows.of_one(wanted)
        if checked.scale:
            row -= fitted.center
            row /= fitted.spread
        return row

    return numbers


def _url(processor: Any, schema: Schema, windows: LiveWindows | None) -> OneEvent:  # noqa: ARG001
    checked: UrlProcessor = processor
    column = schema.column(checked.column)
    known = frozenset((*schema.names, *BOOKKEEPING))
    if [each.name for each in schema.kept(with_label=False)] != [column.name] or column.allowed is not None:
        return _never

    def numbers(event: Mapping[str, Any]) -> Floats:
        if column.name not in event or not known.issuperset(event):
            raise Unsure
        found = text(event[column.name])
        if found is None:
            raise Unsure
        row: Floats = checked.of_texts([found])[0]
        return row

    return numbers


_KINDS: dict[str, Callable[[Any, Schema, LiveWindows | None], OneEvent]] = {
    "tabular": _tabular,
    "events": _events,
    "url": _url,
}
