"""Logging in with a key, and logging out."""

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from garrison.serving.http.keys import SCOPES
from garrison.serving.http.problems import Refused
from garrison.serving.http.rates import Rates, retry_after
from garrison.serving.http.work import Deadline
from garrison.web.elsewhere import is_here
from garrison.web.page import Page, Visit
from garrison.web.sessions import IDLE_SECONDS, LONGEST_SECONDS, new_cookie, set_cookie

if TYPE_CHECKING:
    from garrison.web.site import WebSite

TRIES_A_SECOND, TRIES_AT_ONCE = 1.0, 10


def pages(site: "WebSite") -> tuple[Page, ...]:
    """The log-in and the log-out."""
    tries = Rates(TRIES_A_SECOND, burst=TRIES_AT_ONCE)

    def facts(visit: Visit, problem: str = "") -> dict[str, Any]:
        return {
            "title": "Log in",
            "problem": problem,
            "next": is_here(visit.given("next") or visit.asked("next") or "/"),
            "scopes": SCOPES,
            "idle": round(IDLE_SECONDS / 60),
            "longest": round(LONGEST_SECONDS / 3600),
        }

    async def form(visit: Visit) -> Response:
        def make(_deadline: Deadline) -> dict[str, Any]:
            return facts(visit)

        return await site.show(visit, "login.html", make)

    async def log_in(visit: Visit) -> Response:
        request, ring = visit.request, site.service.callers.keys
        if ring is None:
            return RedirectResponse("/", 303)
        seconds = tries.wait(request.client.host if request.client else "")
        if seconds:
            raise Refused(
                "too-many-requests",
                "keys were tried too often from your address",
                remedy="wait some seconds, and try again",
                headers={"retry-after": retry_after(seconds)},
            )
        key = ring.find(visit.given("key").strip()[:512])
        if key is None:
            refused = Refused("no-key", "no key that is known is written so")
            site.service.turned_away.note(refused, request.scope)

            def make(_deadline: Deadline) -> dict[str, Any]:
                return facts(visit, "No key that is known is written so.")

            return await site.show(visit, "login.html", make, status=401)
        response = RedirectResponse(str(facts(visit)["next"]), 303)
        set_cookie(response, request, site.sessions.begin(key))
        site.service.log.info("logged in", by=key.id, name=key.name)
        return response

    async def log_out(visit: Visit) -> Response:
        site.sessions.end(visit.session)
        response = RedirectResponse("/login" if visit.keys_on else "/", 303)
        set_cookie(response, visit.request, new_cookie())
        return response

    return (
        Page(path="/login", scope=None, handler=form),
        Page(path="/login", scope=None, handler=log_in, method="POST"),
        Page(path="/logout", scope=None, handler=log_out, method="POST"),
    )
