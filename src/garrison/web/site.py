"""The site: its pages, made into routes that pass the keys, the limits and the tokens before anything else is done."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

import garrison
from garrison.errors import GarrisonError
from garrison.serving.http.problems import Refused
from garrison.serving.http.service import Service
from garrison.serving.http.work import Deadline, Work
from garrison.web.elsewhere import is_from_elsewhere, is_here
from garrison.web.errors import told
from garrison.web.forms import read_form
from garrison.web.history import History
from garrison.web.kept import KeptVerdicts
from garrison.web.page import Page, Visit
from garrison.web.sessions import Sessions, cookie_of, new_cookie, set_cookie

if TYPE_CHECKING:
    from jinja2 import Environment

HTML = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may do on a page: nothing from elsewhere, and no script that stands in it."""


def make_site(service: Service) -> "WebSite":
    """The pages of a service; whoever logs in to them has a session of it."""
    site = WebSite(service)
    service.callers.visitor = lambda request: site.sessions.key(cookie_of(request))
    return site


class WebSite:
    """Everything behind the pages. What takes its time is done in threads of its own: scoring does not wait for it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.sessions = Sessions(lambda: service.callers.keys)
        self.history = History(service.metrics)
        self.verdicts = KeptVerdicts()
        self.work = Work(threads=2, waiting=16, seconds=service.settings.work_seconds)

    @cached_property
    def routes(self) -> Sequence[Route]:
        """Every page as a route."""
        from garrison.web.pages import every_page

        return [self._route(page) for page in every_page(self)]

    async def watch(self) -> None:
        """Look at what the service counts, again and again, for the live view."""
        while True:
            self.history.look()
            await asyncio.sleep(self.history.step)

    def close(self) -> None:
        """Let the threads end."""
        self.work.close()

    async def show(
        self,
        visit: Visit,
        template: str,
        make: Callable[[Deadline], dict[str, Any]],
        *,
        status: int = 200,
    ) -> Response:
        """The page that ``template`` makes of what ``make`` gives; both are done in a thread."""

        def work(deadline: Deadline) -> bytes:
            return self._rendered(visit, template, make(deadline))

        return Response(await self.work.run(work), status, _policy(), HTML)

    async def show_or_say(
        self,
        visit: Visit,
        template: str,
        make: Callable[[Deadline], dict[str, Any]],
        *,
        forms: Callable[[], dict[str, Any]],
    ) -> Response:
        """The same; where something was wrong, the page of ``forms`` as they were filled in, and what it was."""
        try:
            return await self.show(visit, template, make)
        except GarrisonError as error:
            said = told(error)
            return await self.show(visit, template, lambda _: {**forms(), "error": said}, status=said.status)

    def show_error(self, visit: Visit, error: GarrisonError) -> Response:
        """The page of an error."""
        said = told(error, request=str(visit.request.scope.get("request_id", "")))
        headers = error.headers if isinstance(error, Refused) else {}
        headers = {name: text for name, text in headers.items() if name != "www-authenticate"}
        body = self._rendered(visit, "error.html", {"title": said.title, "error": said})
        return Response(body, said.status, {**_policy(), **headers}, HTML)

    def error(self, request: Request, error: GarrisonError) -> Response | None:
        """As ``Site`` has it: a page for whoever asks for one, and is not at an address for programs."""
        if "text/html" not in request.headers.get("accept", "") or request.url.path.startswith("/v1/"):
            return None
        if (login := self._to_log_in(request, error)) is not None:
            return login
        return self.show_error(self._visit(request, cookie_of(request)), error)

    def _to_log_in(self, request: Request, error: GarrisonError) -> Response | None:
        """The way to the log-in, for whoever wants to see something and has no key."""
        if not (isinstance(error, Refused) and error.code == "no-key" and request.method in ("GET", "HEAD")):
            return None
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(is_here(wanted), safe='/')}", 303)

    def _route(self, page: Page) -> Route:
        async def answer(request: Request) -> Response:
            request.scope["route"] = page
            if page.bare:
                return await page.handler(Visit(request, None, False, "", ""))
            cookie = cookie_of(request)
            given = cookie or new_cookie()
            visit = self._visit(request, given)
            try:
                self._admit(visit, page)
                response = await page.handler(await self._with_form(visit, page))
            except GarrisonError as error:
                login = self._to_log_in(request, error)
                response = self.show_error(visit, error) if login is None else login
            if not cookie and "set-cookie" not in response.headers:
                set_cookie(response, request, given)
            return response

        return Route(page.path, answer, methods=[page.method])

    def _visit(self, request: Request, cookie: str) -> Visit:
        callers = self.service.callers
        key = callers.who(request) or (self.sessions.key(cookie) if callers.keys else None)
        return Visit(request, key, callers.keys is not None, self.sessions.token(cookie), cookie)

    def _admit(self, visit: Visit, page: Page) -> None:
        """Hold whoever asks against the page's scope and the rate; ``Refused`` as at any address."""
        callers, request = self.service.callers, visit.request
        if page.scope is None:
            callers.limit(request.client.host if request.client else "")
        elif visit.key is not None:
            callers.check(visit.key, page.scope)
        else:
            callers.admit(request, page.scope)

    async def _with_form(self, visit: Visit, page: Page) -> Visit:
        """The visit with what its form brought; ``Refused`` for a form that was not made for this visitor."""
        if page.method != "POST":
            return visit
        if is_from_elsewhere(visit.request):
            raise Refused(
                "foreign-form",
                "this form came from a page of another site",
                expected="a form from a page of this service",
                remedy="open the page of this service, and send its form",
            )
        seconds = self.service.settings.body_seconds
        form = await read_form(visit.request, most=page.most, seconds=seconds)
        if not self.sessions.is_token(visit.session, form.fields.get("token", "")):
            raise Refused(
                "bad-request",
                "this form was not made for you, or it is too old",
                expected="a form from a page of this service that was opened in this browser, with cookies allowed",
                remedy="a program asks the addresses that /docs lists; forms need a log-in"
                if "authorization" in visit.request.headers
                else "go back, load the page again and send the form once more",
            )
        return Visit(
            visit.request, visit.key, visit.keys_on, visit.token, visit.session, form.fields, form.upload
        )

    def _rendered(self, visit: Visit, template: str, facts: dict[str, Any]) -> bytes:
        return self._templates.get_template(template).render(visit=visit, **facts).encode()

    @cached_property
    def _templates(self) -> "Environment":
        from jinja2 import PackageLoader

        from garrison.assurance.report.looks import block_parts, house_environment
        from garrison.web.numbers import figure_text

        environment = house_environment(PackageLoader("garrison.web", "templates"))
        environment.globals["version"] = garrison.__version__
        environment.filters["parts"] = block_parts
        environment.filters["number"] = figure_text
        environment.filters["breaks"] = _breaks
        environment.filters["when"] = lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
        environment.filters["path"] = lambda text: quote(str(text), safe="")
        return environment


def _policy() -> dict[str, str]:
    return {"content-security-policy": POLICY}


def _breaks(name: object) -> Markup:
    """A name that may break into lines where its words end.

    >>> print(_breaks("recall@fpr_<b>"))
    recall@<wbr>fpr_<wbr>&lt;b&gt;
    """
    parts = re.split(r"(?<=[_@=/-])", str(name))
    return Markup("<wbr>").join(parts)
