"""Has what comes in changed? The log of scored events, or a file, held against the training data, column by column."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.assurance import Block, Picture, Section, Text
from garrison.errors import UsageError
from garrison.monitoring import ColumnDrift, Drift, parse_since
from garrison.monitoring.drift_sections import drift_badge, drift_sections
from garrison.serving.http.problems import Refused
from garrison.serving.http.work import Deadline
from garrison.web.checks import Checked, check_file, check_log
from garrison.web.drawings import pairs_drawing
from garrison.web.page import Page, Visit

if TYPE_CHECKING:
    from garrison.web.site import WebSite

SINCE = (("1h", "the last hour"), ("24h", "the last day"), ("7d", "the last week"), ("", "all of it"))
MOST_DRAWN = 40


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The page of drift, from the log and from a file."""
    service = site.service

    async def show(visit: Visit) -> Response:
        """The forms; and what the log says where that was asked for."""
        if "since" not in visit.request.query_params:
            return await site.show(visit, "drift.html", lambda _: _forms(site, visit))
        served, since = service.models.get(visit.asked("model") or None), _since(visit.asked("since"))
        return await _checked(visit, lambda deadline: check_log(service, served, since, deadline=deadline))

    async def of_file(visit: Visit) -> Response:
        served = service.models.get(visit.given("model") or None)
        return await _checked(
            visit, lambda deadline: check_file(service, served, visit.upload, deadline=deadline)
        )

    async def _checked(visit: Visit, check: Callable[[Deadline], Checked]) -> Response:
        def make(deadline: Deadline) -> dict[str, Any]:
            found = check(deadline)
            return {
                **_forms(site, visit),
                "checked": found.said,
                "sections": (*drift_sections(found.drift, draw=_drawn), _others(found.drift)),
                "badge": drift_badge(found.drift),
                "refused": found.refused,
            }

        return await site.show_or_say(visit, "drift.html", make, forms=lambda: _forms(site, visit))

    most = service.settings.most_batch_bytes
    return (
        Page(path="/drift", scope="metrics", handler=show),
        Page(path="/drift", scope="metrics", handler=of_file, method="POST", most=most),
    )


def _forms(site: "WebSite", visit: Visit) -> dict[str, Any]:
    """The page without any check."""
    service = site.service
    return {
        "title": "Drift",
        "here": "drift",
        "served": service.models.get(visit.asked("model") or visit.given("model") or None),
        "models": list(service.models.all),
        "log": service.settings.log is not None,
        "since": SINCE,
        "chosen": visit.asked("since") if "since" in visit.request.query_params else "24h",
        "checked": None,
        "sections": (),
        "badge": None,
        "refused": 0,
        "error": None,
    }


def _since(text: str) -> datetime | None:
    try:
        return parse_since(text) if text else None
    except UsageError as error:
        raise Refused("bad-request", error.what, where="since", expected=error.expected) from error


def _drawn(column: ColumnDrift, said: str = "") -> Picture:
    shape = column.shape
    said = f"{column.name}: {said or column.why or 'not moved'}."
    return pairs_drawing(column.name, shape.parts, shape.reference, shape.current, caption=said)


def _others(drift: Drift) -> Section:
    """The columns that have not moved, or of which nobody can tell yet, drawn like the others."""
    still = [each for each in drift.columns if not each.drifted and each.shape.parts]
    blocks: list[Block] = [_drawn(each, "" if drift.judged else "not judged") for each in still[:MOST_DRAWN]]
    if len(still) > MOST_DRAWN:
        blocks.append(Text(f"{len(still) - MOST_DRAWN} more are in the table."))
    title = "Columns that did not move" if drift.judged else "Columns, not judged"
    return Section(title, tuple(blocks) or (Text("None."),))
