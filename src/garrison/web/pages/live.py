"""What the service does now: events a second, what is flagged, how long it takes, how scores lie, and open alerts."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from garrison.assurance import KeyFigure, KeyFigures, Picture
from garrison.errors import GarrisonError, RegistryError
from garrison.monitoring.alerts.settings import AlertSettings
from garrison.monitoring.alerts.state import Cause, read_causes
from garrison.registry.address import parse_address
from garrison.serving.http.models import Served
from garrison.serving.http.work import Deadline
from garrison.web.drawings import histogram_drawing, timeline_drawing
from garrison.web.errors import Told, told
from garrison.web.history import Buckets, History, quantile, since
from garrison.web.page import Page, Visit

if TYPE_CHECKING:
    from garrison.web.site import WebSite

RECENT_SECONDS = 60.0
WINDOW_SECONDS = 600.0
REFRESH_SECONDS = 4
PARTS = 60
ROUTES = ("/v1/score", "/v1/score/batch", "/v1/explain")


@dataclass(frozen=True)
class Speed:
    """How long requests of one route took in the last ten minutes, milliseconds; NaN with none."""

    route: str
    requests: int
    p50: float
    p95: float
    p99: float


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The live view."""
    service, history = site.service, site.history

    async def live(visit: Visit) -> Response:
        served = service.models.get(visit.asked("model") or None)

        def make(_deadline: Deadline) -> dict[str, Any]:
            history.look()
            first, last = history.over(WINDOW_SECONDS)
            buckets = since(first.scores.get(served.name), last.scores.get(served.name))
            causes, problem = _alerts(site, served)
            return {
                "title": "Live",
                "here": "live",
                "served": served,
                "models": list(service.models.all),
                "minutes": (last.at - first.at) / 60,
                "figures": _figures(history, served, failed=last.failed - first.failed),
                "pictures": _pictures(history, served, buckets),
                "speeds": _speeds(first.latency, last.latency),
                "refused": _refused(first.refused, last.refused, served.name),
                "causes": causes,
                "problem": problem,
                "every": REFRESH_SECONDS,
            }

        return await site.show(visit, "live.html", make)

    return (Page(path="/live", scope="metrics", handler=live),)


def _figures(history: History, served: Served, *, failed: float) -> KeyFigures:
    events = history.rate(served.name, seconds=RECENT_SECONDS)
    flagged = history.rate(served.name, seconds=RECENT_SECONDS, flagged=True)
    share = f"{flagged / events:.1%} of the events" if events else "no event in the last minute"
    return KeyFigures(
        (
            KeyFigure("events a second", f"{events:,.3g}", "over the last minute"),
            KeyFigure("flagged a second", f"{flagged:,.3g}", share, "warn" if flagged else "plain"),
            KeyFigure(
                "faults of the service",
                f"{failed:,.0f}",
                "requests, in ten minutes",
                "bad" if failed else "good",
            ),
            KeyFigure("threshold", f"{served.scorer.threshold:.4g}", f"version {served.version or '–'}"),
        )
    )


def _pictures(history: History, served: Served, buckets: Buckets) -> tuple[Picture, ...]:
    events, flagged, seconds = history.timeline(served.name, parts=PARTS)
    bounds = [0.0, *(bound for bound, _ in buckets if not math.isinf(bound))]
    counts = [
        high - low
        for low, high in zip([0.0, *(n for _, n in buckets)], (n for _, n in buckets), strict=False)
    ]
    scores = histogram_drawing(
        bounds if len(bounds) > 1 else [0.0, 1.0],
        counts[: len(bounds) - 1] or [0.0],
        threshold=served.scorer.threshold,
        caption=f"Scores of the {sum(counts):,.0f} events of the last ten minutes.",
    )
    return timeline_drawing(events, flagged, seconds=max(seconds, 1.0)), scores


def _speeds(first: Any, last: Any) -> list[Speed]:
    found = []
    for route in ROUTES:
        buckets = since(first.get(route), last.get(route))
        if buckets and buckets[-1][1]:
            parts = [1_000 * quantile(buckets, share) for share in (0.5, 0.95, 0.99)]
            found.append(Speed(route, int(buckets[-1][1]), *parts))
    return found


def _refused(first: Any, last: Any, name: str) -> list[tuple[str, int]]:
    counts = {
        field: int(value - first.get((model, field), 0))
        for (model, field), value in last.items()
        if model == name
    }
    return sorted(((field, count) for field, count in counts.items() if count), key=lambda each: -each[1])


def _alerts(site: "WebSite", served: Served) -> tuple[list[Cause], Told | None]:
    """The causes that `garrison monitor` has found of this model and that have not ended; or why they are not known."""
    try:
        causes = read_causes(site.service.workspace / AlertSettings().state)
    except GarrisonError as error:
        return [], told(error)
    return [each for each in causes if not each.ended and _is_of(served, each.model)], None


def _is_of(served: Served, model: str) -> bool:
    """Whether ``model``, as an alert calls it, is the one that is served, in whatever version."""
    if model in {served.name, str(served.found), served.address}:
        return True
    try:
        return parse_address(model)[1] == served.name
    except RegistryError:
        return False
