"""The forms to try a detector with, their verdicts, and the verdicts on a file as a file."""

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.assurance import Picture
from garrison.errors import GarrisonError
from garrison.monitoring import Reference, find_reference
from garrison.serving.http.explaining import FEWEST
from garrison.serving.http.models import Served
from garrison.serving.http.problems import Refused
from garrison.serving.http.work import Deadline
from garrison.web.drawings import effects_drawing
from garrison.web.judging import EXPLAINED_ROWS, EventVerdict, judge_event, judge_file, url_field
from garrison.web.page import Page, Visit
from garrison.web.usual import usual_event

if TYPE_CHECKING:
    from garrison.web.site import WebSite


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The forms, their answers, and the verdicts as a file."""
    service, settings = site.service, site.service.settings

    async def show(visit: Visit) -> Response:
        return await site.show(visit, "try.html", lambda _: _forms(site, visit))

    async def one(visit: Visit) -> Response:
        text = visit.given("event")

        def make(deadline: Deadline) -> dict[str, Any]:
            forms = _forms(site, visit, text)
            explain = visit.may("explain")
            verdict = judge_event(service, forms["served"], text, explain=explain, deadline=deadline)
            return {**forms, "verdict": verdict, "picture": _picture(verdict)}

        return await site.show_or_say(visit, "try.html", make, forms=lambda: _forms(site, visit, text))

    async def file(visit: Visit) -> Response:
        def make(deadline: Deadline) -> dict[str, Any]:
            forms = _forms(site, visit)
            explain = visit.may("explain")
            found = judge_file(service, forms["served"], visit.upload, explain=explain, deadline=deadline)
            return {**forms, "file": found, "number": site.verdicts.keep(visit.session, found.to_csv())}

        return await site.show_or_say(visit, "try.html", make, forms=lambda: _forms(site, visit))

    async def download(visit: Visit) -> Response:
        content = site.verdicts.get(visit.session, visit.request.path_params["number"])
        if content is None:
            raise Refused(
                "not-found",
                "these verdicts are no longer kept",
                expected="the last file that you had scored, within fifteen minutes",
                remedy="send the file again",
            )
        headers = {"content-disposition": 'attachment; filename="verdicts.csv"'}
        return Response(content, headers=headers, media_type="text/csv; charset=utf-8")

    return (
        Page(path="/try", scope="score", handler=show),
        Page(path="/try", scope="score", handler=one, method="POST", most=settings.most_event_bytes),
        Page(path="/try/file", scope="score", handler=file, method="POST", most=settings.most_batch_bytes),
        Page(path="/try/verdicts/{number}.csv", scope="score", handler=download),
    )


def _forms(site: "WebSite", visit: Visit, text: str | None = None) -> dict[str, Any]:
    """The page without any verdict; ``text`` is what was pasted, None for a usual event."""
    service = site.service
    served = service.models.get(visit.asked("model") or visit.given("model") or None)
    schema = served.scorer.schema
    url = url_field(schema)
    return {
        "title": "Try it",
        "here": "try",
        "served": served,
        "models": list(service.models.all),
        "url": url,
        "text": _usual(served, _reference(site, served), url) if text is None else text,
        "fields": schema.kept(with_label=False),
        "most": service.settings.most_batch_rows,
        "explains": visit.may("explain"),
        "explained_rows": EXPLAINED_ROWS,
        "fewest": FEWEST,
        "verdict": None,
        "picture": None,
        "file": None,
        "error": None,
    }


def _reference(site: "WebSite", served: Served) -> Reference | None:
    try:
        return find_reference(served.scorer.detector, served.digest, workspace=site.service.workspace)
    except GarrisonError:
        return None


def _usual(served: Served, reference: Reference | None, url: str | None) -> str:
    event = usual_event(served.scorer.schema, reference)
    return json.dumps(event, indent=2, ensure_ascii=False) if url is None else str(event[url])


def _picture(verdict: EventVerdict) -> Picture | None:
    reasons = verdict.reasons
    if reasons is None or not reasons.rows[0]:
        return None
    return effects_drawing(
        [(f"{each.feature} {each.value}".strip(), each.adds) for each in reasons.rows[0]],
        caption=f"From {reasons.base:.3f}, the mean score of {reasons.compared_with}, to {verdict.score:.3f}. "
        "To the right: it raises the score.",
    )
