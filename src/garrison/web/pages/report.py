"""One version of a model: what is written down about it, pictures of what it keeps, and the report of its run."""

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.assurance import Block, Column, Picture, Section, Table, Text, report_html
from garrison.assurance.scorecard import scorecard_report
from garrison.detection.integrity import parse_json
from garrison.detection.saved import REFERENCE, verify_detector
from garrison.errors import GarrisonError, IntegrityError, UsageError
from garrison.monitoring import Reference, find_reference
from garrison.monitoring.cells import Numbers
from garrison.registry import (
    Description,
    LocalRegistry,
    describe,
    require_signature,
    resolve_model,
    scorecard_of,
    trusted_keys,
)
from garrison.run.redaction import redact_value
from garrison.serving.http.problems import Refused
from garrison.serving.http.work import Deadline
from garrison.web.drawings import curve_drawing, histogram_drawing
from garrison.web.inputs import Inputs, inputs_of
from garrison.web.page import Page, Visit
from garrison.web.pages.model import checked_version, known_shelf

if TYPE_CHECKING:
    from garrison.web.site import WebSite

LARGEST_REPORT = 1 << 26
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"
"""A report holds its own style, and neither scripts nor anything from elsewhere; it is shown as if from nowhere."""

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SLICES = 25


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The page of a version, and its run's report."""
    service = site.service
    registry = LocalRegistry(service.models.root)

    def found(visit: Visit) -> Description:
        name, number = visit.request.path_params["name"], visit.request.path_params["version"]
        shelf = known_shelf(registry, name)
        return describe(resolve_model(f"{shelf.name}@{checked_version(shelf, number)}", root=registry.root))

    async def show(visit: Visit) -> Response:
        def make(_deadline: Deadline) -> dict[str, Any]:
            known, number = found(visit), visit.request.path_params["version"]
            shelf = known_shelf(registry, known.name)
            report, inputs = report_of(known, service.workspace), inputs_of(known.folder)
            return {
                "title": f"{known.name}, version {number}",
                "here": "models",
                "known": known,
                "number": number,
                "card": next(card for card in shelf.cards if card.version == number),
                "current": shelf.current,
                "report": report,
                "inputs": inputs,
                "signed": signed_by(known, service.settings.trusted_keys, service.workspace),
                "sections": _sections(known, inputs, service.workspace),
            }

        return await site.show(visit, "version.html", make)

    async def report(visit: Visit) -> Response:
        def work(_deadline: Deadline) -> bytes:
            path = report_of(found(visit), service.workspace)
            if path is None or path.stat().st_size > LARGEST_REPORT:
                raise Refused(
                    "not-found",
                    "the report of this version's run is not here",
                    where=str(service.workspace / "runs"),
                    expected="the folder of the run that made it",
                    remedy="start the service in the workspace of that run",
                )
            return path.read_bytes()

        content = await site.work.run(work)
        headers = {"content-security-policy": REPORT_POLICY}
        return Response(content, headers=headers, media_type="text/html; charset=utf-8")

    async def scorecard(visit: Visit) -> Response:
        def work(_deadline: Deadline) -> str:
            known, number = found(visit), visit.request.path_params["version"]
            card = scorecard_of(registry, registry.find(known.name, number))
            if card is None:
                raise Refused(
                    "not-found",
                    f"no scorecard of {known.name}, version {number}, was kept",
                    remedy=f"measure one: garrison scorecard {known.name}@{number} --data LABELLED-EVENTS",
                )
            return report_html(scorecard_report(card))

        headers = {"content-security-policy": REPORT_POLICY}
        return Response(await site.work.run(work), headers=headers, media_type="text/html; charset=utf-8")

    return (
        Page(path="/models/{name}/{version:int}", scope="", handler=show),
        Page(path="/models/{name}/{version:int}/scorecard", scope="", handler=scorecard),
        Page(path="/models/{name}/{version:int}/report", scope="", handler=report),
    )


def report_of(known: Description, workspace: Path) -> Path | None:
    """The report page of the run that made a version; None where it is not in this workspace."""
    run = known.record.run if known.record else None
    if not run or not _RUN.fullmatch(run):
        return None
    path = workspace / "runs" / run / "report.html"
    return path if path.is_file() else None


def signed_by(known: Description, places: tuple[str, ...], workspace: Path) -> tuple[str, str]:
    """Whether it is signed, in words, and how that is meant: verified against the keys that are trusted here."""
    if not known.signed_by:
        return "nobody", "plain"
    try:
        keys = trusted_keys([Path(each) for each in places], workspace=workspace)
    except UsageError:
        named = ", ".join(key[:16] for key in known.signed_by)
        return f"{named} (no trusted key is here to verify it)", "warn"
    try:
        return f"{require_signature(known.folder, keys).key.id[:16]}, which is trusted", "good"
    except IntegrityError as error:
        return error.what, "bad"


def _sections(known: Description, inputs: Inputs, workspace: Path) -> list[Section]:
    found = [_pictures(known, workspace)]
    params = tuple((name, str(value)) for name, value in sorted(known.params.items()))
    settings = tuple((name, str(redact_value(value, name=name))) for name, value in known.settings.items())
    tables: tuple[Block, ...] = (
        Table(("field", "type"), inputs.fields, "Fields of an event", folded=len(inputs.fields) > 12),
        *(
            [
                Table(
                    ("number",),
                    tuple((name,) for name in inputs.numbers),
                    "Numbers the model sees, made of these",
                    folded=True,
                )
            ]
            if inputs.numbers
            else []
        ),
        *([Table(("parameter", "value"), params, "Its parameters", folded=True)] if params else []),
        *(
            [Table(("setting", "value"), settings, "The settings of its run", folded=True)]
            if settings
            else []
        ),
        Table(("library", "version"), tuple(known.versions.items()), "What it was made with", folded=True),
    )
    return [*found, Section("What it is made of", tables)]


def _pictures(known: Description, workspace: Path) -> Section:
    """What the model keeps of its training data, drawn; or how to make that where it keeps nothing."""
    try:
        reference = _reference(known, workspace)
    except GarrisonError as error:
        return Section("Pictures", (Text(f"{error.what}. {error.remedy}".strip()),))
    scores = reference.scores
    blocks: list[Block] = []
    if scores is not None:
        blocks.append(_scores(scores.numbers, scores.threshold, scores.flagged))
        if scores.calibration is not None:
            blocks.append(_worth(scores.calibration.scores.tolist(), scores.calibration.rates.tolist()))
    rows = tuple(
        (name, each.rows, each.missing_share, each.mean, each.spread)
        for name, each in reference.columns.items()
        if isinstance(each, Numbers)
    )
    if rows:
        columns = ("column", "rows", Column("missing", 3), "mean", "standard deviation")
        blocks.append(Table(columns, rows, "Numbers of its training data", folded=len(rows) > 8))
    return Section("What it keeps of its data", tuple(blocks) or (Text("Nothing that could be drawn."),))


def _scores(numbers: Numbers, threshold: float, flagged: float) -> Picture:
    edges = [place / _SLICES for place in range(_SLICES + 1)]
    upto = [_upto(numbers, edge) for edge in edges[1:-1]]
    sums = [0.0, *upto, float(numbers.rows)]
    counts = [max(high - low, 0.0) for low, high in pairwise(sums)]
    return histogram_drawing(
        edges,
        counts,
        threshold=threshold,
        what="held-out rows",
        logarithmic=True,
        caption=f"Scores of {numbers.rows:,} rows held out of training; {flagged:.2%} lie at or above the threshold. "
        "The axis of rows is logarithmic, so that few beside many stay visible.",
    )


def _upto(numbers: Numbers, edge: float) -> float:
    """How many of the rows have a score below an edge, as far as the cut points tell."""
    place = int(numbers.cuts.searchsorted(edge))
    if place == len(numbers.cuts):
        return float(numbers.rows)
    before = float(numbers.upto[place - 1]) if place else 0.0
    low = float(numbers.cuts[place - 1]) if place else 0.0
    width = float(numbers.cuts[place]) - low
    share = (edge - low) / width if width > 0 else 0.0
    return before + share * (float(numbers.below[place]) - before)


def _worth(scores: list[float], rates: list[float]) -> Picture:
    return curve_drawing(
        list(zip(scores, rates, strict=True)),
        across="score",
        up="share that was malicious",
        alt="Curve of the share of malicious rows by score, on rows held out of training.",
        caption="What a score is worth: how often rows of that score were malicious. On the grey line a score is a "
        "probability.",
    )


def _reference(known: Description, workspace: Path) -> Reference:
    sealed = verify_detector(known.folder)
    if REFERENCE in sealed.files:
        where = str(known.folder / REFERENCE)
        return Reference.from_dict(parse_json(sealed.files[REFERENCE], where=where), where=where)
    from garrison.detection import load_detector

    return find_reference(load_detector(known.folder), sealed.digest, workspace=workspace)
