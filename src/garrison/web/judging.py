"""A detector tried: the verdict on one event that somebody pasted, or on the events of a file, with reasons.

What is tried is neither logged nor counted, and the service's memory of what sources did is only asked.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from garrison.data.schema import Schema
from garrison.serving.http.checking import check, refused
from garrison.serving.http.formats import read_event
from garrison.serving.http.models import Served
from garrison.serving.http.problems import Refused
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline
from garrison.web.forms import Upload
from garrison.web.reasons import Reasons, reasons_for
from garrison.web.uploads import read_upload
from garrison.web.verdicts import FileVerdicts

MOST_REASONS = 8
REASONS_IN_A_FILE = 3
EXPLAINED_ROWS = 25
"""Rows of a file whose reasons are worked out: the flagged ones with the highest scores."""


@dataclass(frozen=True)
class EventVerdict:
    """The verdict on one event; ``reasons`` are None where they were not asked for, or there is nothing usual."""

    score: float
    threshold: float
    reasons: Reasons | None

    @property
    def malicious(self) -> bool:
        """Whether the score is at or above the threshold."""
        return self.score >= self.threshold


def judge_event(
    service: Service, served: Served, text: str, *, explain: bool, deadline: Deadline
) -> EventVerdict:
    """The verdict on an event as it was pasted; ``Refused`` names the field that is wrong."""
    scorer, most = served.scorer, service.settings.most_event_bytes
    if len(text.encode()) > most:
        raise Refused("too-large", "the event is too large", expected=f"{most:,} bytes at most")
    checked = check(scorer.schema, [event_of(text, scorer.schema)])
    if checked.refusals:
        raise refused(checked.refusals, total=1, schema=scorer.schema)
    table = scorer.with_past(checked.table)
    X = scorer.detector.processor.transform(table)
    score = float(scorer.detector.model.score(X)[0])
    reasons = (
        reasons_for(service, served, table, X, [0], most=MOST_REASONS, deadline=deadline) if explain else None
    )
    return EventVerdict(score, scorer.threshold, reasons)


def judge_file(
    service: Service, served: Served, upload: Upload | None, *, explain: bool, deadline: Deadline
) -> FileVerdicts:
    """The verdicts on the events of a file; what a source did before is counted within it. Raises as reading does."""
    detector, threshold = served.scorer.detector, served.scorer.threshold
    uploaded = read_upload(
        upload, detector.schema, most_rows=service.settings.most_batch_rows, deadline=deadline
    )
    X = detector.processor.transform(uploaded.table)
    scores = detector.model.score(X) if len(X) else np.empty(0)
    deadline.check()
    order = np.argsort(-scores, kind="stable")
    explained = [int(place) for place in order[:EXPLAINED_ROWS] if scores[place] >= threshold]
    reasons = None
    if explain:
        reasons = reasons_for(
            service, served, uploaded.table, X, explained,
            most=REASONS_IN_A_FILE, deadline=deadline, permutations=16,
        )  # fmt: skip
    return FileVerdicts.of(
        uploaded,
        scores,
        threshold=threshold,
        reasons=dict(zip(explained, reasons.rows, strict=True)) if reasons else {},
        compared_with=reasons.compared_with if reasons else "",
    )


def url_field(schema: Schema) -> str | None:
    """The field that a URL alone is an event of; None where the model wants more, or no URL."""
    needed = [column for column in schema.kept(with_label=False) if not column.optional]
    texts = [column.name for column in needed if column.type == "string" and column.role == "feature"]
    return texts[0] if len(needed) == 1 and texts and "url" in texts[0].lower() else None


def event_of(text: str, schema: Schema) -> dict[str, Any]:
    """The event that was pasted: a JSON object, or a URL where the model wants one.

    >>> schema = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}]})
    >>> event_of(" http://a.example/ ", schema), event_of('{"url": "http://b.example/"}', schema)
    ({'url': 'http://a.example/'}, {'url': 'http://b.example/'})
    """
    field = url_field(schema)
    if field is not None and not text.lstrip().startswith("{"):
        if not text.strip():
            raise Refused("bad-request", "there is nothing to score", expected="a URL")
        return {field: text.strip()}
    return read_event(text.encode())
