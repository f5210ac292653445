"""Events held against what a detector was trained on: those of the service's log, or of a file."""

import os
from dataclasses import dataclass
from datetime import datetime

from garrison.data.quarantine import Quarantine
from garrison.data.stores import open_store
from garrison.errors import DataError, UsageError
from garrison.monitoring import Current, Drift, Watch, find_drift, find_reference
from garrison.monitoring.drift import BURSTS, FROM_A_LOG
from garrison.monitoring.scored.events import logged_events
from garrison.monitoring.watched import column_values
from garrison.serving.http.models import Served
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline
from garrison.web.forms import Upload
from garrison.web.uploads import read_upload


@dataclass(frozen=True)
class Checked:
    """What was found, of which events in words, and how many rows could not be used."""

    drift: Drift
    said: str
    refused: int


def check_log(service: Service, served: Served, since: datetime | None, *, deadline: Deadline) -> Checked:
    """The events of the log from ``since`` on; raises where there is no log, or nothing in it."""
    url = service.settings.log
    if url is None:
        raise UsageError(
            "this service keeps no log of what it scores", remedy="start it with --log duckdb:///log.db"
        )
    detector, current = served.scorer.detector, _current(service, served)
    columns = Watch(detector).columns
    with Quarantine(None) as quarantine, open_store(url) as store:
        if not store.collections():
            raise DataError(
                "the log has no event yet",
                expected="events that were scored by this service",
                remedy="send some to /v1/score; they are written within a few seconds",
            )
        read = logged_events(
            store, detector.schema, served.name, version=served.version, since=since, quarantine=quarantine
        )
        for part in read:
            deadline.check()
            current.add(column_values(part.table, columns), part.scores, rows=part.table.num_rows)
    caveats = (BURSTS, FROM_A_LOG) if detector.schema.time else (FROM_A_LOG,)
    return Checked(_found(current, caveats, ""), f"the log of what {served.name} scored", quarantine.count)


def check_file(service: Service, served: Served, upload: Upload | None, *, deadline: Deadline) -> Checked:
    """The events of a file; raises as reading it does, and where none of them can be used."""
    detector, current = served.scorer.detector, _current(service, served)
    found = read_upload(
        upload, detector.schema, most_rows=service.settings.most_batch_rows, deadline=deadline
    )
    if found.table.num_rows:
        seen = Watch(detector).see(found.table)
        current.add(seen.columns, seen.scores, rows=seen.rows)
    deadline.check()
    first = f"row {found.refused[0][0]:,}: {found.refused[0][1]}" if found.refused else ""
    caveats = (BURSTS,) if detector.schema.time else ()
    return Checked(_found(current, caveats, first), f"the file {found.name}", found.count)


def _current(service: Service, served: Served) -> Current:
    reference = find_reference(served.scorer.detector, served.digest, workspace=service.workspace)
    return Current(reference, jobs=min(os.cpu_count() or 1, 2))


def _found(current: Current, caveats: tuple[str, ...], first: str) -> Drift:
    if not current.rows:
        raise DataError(
            "no row could be held against the training data",
            where=first,
            expected="one event or more that is what the model's schema says",
            remedy="the try-it page tells what an event of this model has",
        )
    return find_drift(current, caveats=caveats)
