"""Lines to verdicts: decoded, held against the schema, counted against the past, scored."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.casting import plain
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import LARGEST_CONTENT
from garrison.detection import Detector
from garrison.errors import UsageError
from garrison.features import Live, Remembering
from garrison.features.live_memory import LiveMemory
from garrison.monitoring.scored import ScoredRows
from garrison.serving.stream.formats import Format
from garrison.serving.stream.taken import Refused, Taken

Show = Literal["none", "context", "all"]
"""Which columns of the event stand in its verdict: none, those that no model looks at (when, who), or all."""

Named = tuple[str, bytes]
"""A line of JSON and its name."""

LATE_S = 60
"""Seconds by which an event may stand behind a later one and still see all of its past."""

_TRUTH = {True: "true", False: "false"}
_quoted = json.encoder.encode_basestring
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Scored:
    """What came of some lines: ``verdicts`` and ``refused`` as lines to be written, and how many of each there were.

    ``rows`` are the events themselves, with what is known of each; None where there are none.
    """

    events: int = 0
    alerts: int = 0
    late: int = 0
    verdicts: list[Named] = field(default_factory=list)
    refused: list[Named] = field(default_factory=list)
    rows: ScoredRows | None = None


class Scorer:
    """Scores lines as they come, and remembers what their windows can reach.

    A verdict does not depend on how the lines are cut into batches. ``token`` stands before every name, so that the
    verdicts of one stream are known among those of others; ``version`` is the model's, where it has one.
    """

    def __init__(
        self,
        detector: Detector,
        format: Format,
        *,
        token: str,
        source: str,
        version: int | None = None,
        pseudonyms: Pseudonyms | None = None,
        show: Show = "context",
        alerts_only: bool = False,
    ) -> None:
        schema = detector.schema
        self.detector = detector
        self.format = format
        self._token = token
        self._source = source
        self._version = version
        self._model = f',"model":{_quoted(detector.name)},"version":{_JSON.encode(version)}'
        self._alerts_only = alerts_only
        self._addresses = {*format.addresses, *(each.name for each in schema.columns if each.pseudonym)}
        self._pseudonyms = pseudonyms
        if self._addresses and pseudonyms is None:
            raise UsageError(
                "there are addresses in the events, and no key for their pseudonyms",
                expected="pseudonyms=Pseudonyms(key): addresses are never kept as they are",
                remedy="garrison.data.pseudonym_key.read_key(path) reads a key, or makes one",
            )
        shown = {"none": (), "context": ("context",), "all": ("context", "feature")}[show]
        self._shown = [each.name for each in schema.kept(with_label=False) if each.role in shown]
        processor = detector.processor
        self._live: Live | None = (
            processor.live(spare_s=LATE_S) if isinstance(processor, Remembering) else None
        )

    def memory(self) -> LiveMemory | None:
        """What it remembers of the events so far."""
        return self._live.memory() if self._live else None

    def remember(self, memory: LiveMemory) -> None:
        """Go on from ``memory``; ``DataError`` when it is that of other windows."""
        if self._live:
            self._live.remember(memory)

    def score(self, taken: Taken) -> Scored:
        """Verdicts for what a source gave."""
        began = time.monotonic()
        if taken.begins:
            self.format.begin()
        decoded = self.format.decode(taken.lines)
        refused = list(taken.refused)
        refused += [self._refused(taken, fault.place, fault.reason) for fault in decoded.faults]
        validated = self.detector.schema.validate(
            self._without_addresses(decoded.batch), with_label=False, rows=decoded.places
        )
        places = decoded.places
        if validated.refused.num_rows:
            faults = validated.refused.select(["row", "column", "reason"]).to_pylist()
            refused += [
                self._refused(taken, each["row"], f"{each['column']}: {each['reason']}") for each in faults
            ]
            bad = validated.refused.column("row").combine_chunks()
            places = places.filter(pc.invert(pc.is_in(places, value_set=bad)))
        lines = [self._refusal(each) for each in refused]
        if not validated.table.num_rows:
            return Scored(refused=lines)
        scores, late = self._scores(validated.table)
        flagged = scores >= self.detector.threshold.value
        names = [f"{self._token}/{taken.ids[place]}" for place in places.to_pylist()]
        verdicts = list(self._verdicts(names, validated.table, scores, flagged, late))
        rows = ScoredRows(
            model=self.detector.name,
            version=self._version,
            threshold=self.detector.threshold.value,
            events=validated.table,
            scores=scores,
            flagged=flagged,
            ids=tuple(names),
            at=np.full(len(scores), np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")),
            latency=np.full(len(scores), time.monotonic() - began),
        )
        return Scored(len(scores), int(flagged.sum()), int(late.sum()), verdicts, lines, rows)

    def _scores(self, table: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        if self._live is None:
            X, late = self.detector.processor.transform(table), np.zeros(table.num_rows, dtype=bool)
        else:
            X, late = self._live.arrived(table)
        return self.detector.model.score(X, jobs=1), late

    def _without_addresses(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        names = batch.schema.names
        columns = [plain(column) for column in batch.columns]
        if self._pseudonyms is not None:
            columns = [
                self._pseudonyms.of(column) if name in self._addresses else column
                for name, column in zip(names, columns, strict=True)
            ]
        return pa.RecordBatch.from_arrays(columns, names)

    def _verdicts(
        self,
        names: list[str],
        table: pa.Table,
        scores: NDArray[np.float64],
        flagged: NDArray[np.bool_],
        late: NDArray[np.bool_],
    ) -> Iterator[Named]:
        written = np.flatnonzero(flagged) if self._alerts_only else np.arange(len(scores))
        events = _rows(table.select(self._shown).take(pa.array(written))) if self._shown else None
        numbers, verdicts, behind = scores.tolist(), flagged.tolist(), late.tolist()
        # By hand, as most of it is the same in every line: an encoder made for each takes several times as long.
        for at, row in enumerate(written.tolist()):
            line = (
                f'{{"id":{_quoted(names[row])},"score":{numbers[row]!r},"malicious":{_TRUTH[verdicts[row]]}{self._model}'
                + (',"late":true' if behind[row] else "")
                + (f',"event":{_JSON.encode(events[at])}}}' if events is not None else "}")
            )
            yield names[row], line.encode()

    def _refused(self, taken: Taken, place: int, reason: str) -> Refused:
        return Refused(taken.ids[place], reason, taken.lines[place].decode("utf-8", "replace"))

    def _refusal(self, refused: Refused) -> Named:
        name = f"{self._token}/{refused.id}"
        hidden = self._pseudonyms.in_text if self._addresses and self._pseudonyms else str
        whole = hidden(refused.content[: 4 * LARGEST_CONTENT]).encode("utf-8", "replace")
        facts: dict[str, Any] = {"id": name, "source": self._source, "reason": hidden(refused.reason)}
        facts["content"] = whole[:LARGEST_CONTENT].decode("utf-8", "ignore")
        return name, _JSON.encode(facts).encode("utf-8", "replace")


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    columns = [
        column.cast(pa.string()) if pa.types.is_timestamp(column.type) else column for column in table.columns
    ]
    found: list[dict[str, Any]] = pa.table(columns, names=table.column_names).to_pylist()
    return found
