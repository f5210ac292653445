"""The application: a FastAPI of the service's addresses, behind its gate."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from garrison.errors import GarrisonError
from garrison.serving.http.addresses import Address, Handler, parameter
from garrison.serving.http.formats import JSON
from garrison.serving.http.gate import Gate
from garrison.serving.http.openapi import document, operation, responses
from garrison.serving.http.page import page, style
from garrison.serving.http.problems import of_status, own_fault, problem
from garrison.serving.http.routes import every_address
from garrison.serving.http.service import Service
from garrison.serving.http.site import Site


class DirectRoute(APIRoute):
    """A route of FastAPI's whose handler is given the request and nothing else: what is told of it is in its address.

    The solving of parameters, which costs more than scoring an event, is left out.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler itself."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


def make_app(service: Service, site: Site | None = None) -> ASGIApp:
    """The ASGI application of a service, with the pages of ``site`` behind its addresses.

    Its lifespan watches for new versions, and closes the service at the end.
    """
    tell = _Errors(site)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching = [asyncio.create_task(service.watch())] if service.settings.watch_seconds else []
        watching += [asyncio.create_task(site.watch())] if site else []
        try:
            yield
        finally:
            for each in watching:
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await each
            if site:
                await asyncio.to_thread(site.close)
            await asyncio.to_thread(service.close)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    app.router.route_class = DirectRoute
    app.add_exception_handler(GarrisonError, tell.refused)
    app.add_exception_handler(HTTPException, tell.of_router)
    app.add_exception_handler(Exception, tell.own_fault)
    for address in (*every_address(service), *_pages(service, app)):
        _add(app, service, address)
    app.router.routes.extend(site.routes if site else ())
    return Gate(app, service)


def _add(app: FastAPI, service: Service, address: Address) -> None:
    app.add_api_route(
        address.path,
        _guarded(service, address),
        methods=[address.method],
        summary=address.summary,
        description=address.description or address.summary,
        operation_id=f"{address.method} {address.path}".lower(),
        response_class=Response,
        response_model=None,
        responses=responses(address),
        openapi_extra=operation(address, keys=service.callers.keys is not None),
    )


def _guarded(service: Service, address: Address) -> Handler:
    handler, scope, admit = address.handler, address.scope, service.callers.admit
    if scope is None:
        return handler

    async def answer(request: Request) -> Response:
        admit(request, scope)
        return await handler(request)

    return answer


def _pages(service: Service, app: FastAPI) -> tuple[Address, ...]:
    """The OpenAPI document, and the page that tells it to people."""
    told: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        """Made anew only when another version is served."""
        schemas = {name: served.scorer.schema for name, served in service.models.all.items()}
        if told.get("schemas") != schemas:
            routes = [route for route in app.routes if isinstance(route, APIRoute)]
            keys = service.callers.keys is not None
            told.update(schemas=schemas, document=document(routes, schemas, keys=keys))
        found: dict[str, Any] = told["document"]
        return found

    async def as_json(request: Request) -> Response:
        parameter(request)
        return Response(orjson.dumps(openapi()), media_type=JSON)

    async def as_page(request: Request) -> Response:
        parameter(request)
        return Response(page(openapi()), media_type="text/html; charset=utf-8")

    async def as_style(request: Request) -> Response:
        parameter(request)
        return Response(style(), media_type="text/css; charset=utf-8")

    return (
        Address(
            method="GET",
            path="/openapi.json",
            scope="",
            handler=as_json,
            summary="This document",
            answer={JSON: {"type": "object"}},
        ),
        Address(
            method="GET",
            path="/docs",
            scope="",
            handler=as_page,
            summary="This document as a page",
            answer={"text/html": {"type": "string"}},
        ),
        Address(
            method="GET",
            path="/static/docs.css",
            scope=None,
            handler=as_style,
            summary="The page's style sheet",
            answer={"text/css": {"type": "string"}},
        ),
    )


class _Errors:
    """What is answered where something was raised: the site's page for whoever asks for one, else a problem."""

    def __init__(self, site: Site | None) -> None:
        self._site = site

    async def refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, GarrisonError):
            raise error
        return self._told(request, error)

    async def of_router(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        allow = (error.headers or {}).get("Allow", "")
        what = f"{request.method} {request.url.path[:200]}: {error.detail}"
        return self._told(request, of_status(error.status_code, what=what, allow=allow))

    async def own_fault(self, request: Request, _error: Exception) -> Response:
        """Answer; the error goes on to the gate, which logs it."""
        return self._told(request, own_fault())

    def _told(self, request: Request, error: GarrisonError) -> Response:
        page = self._site.error(request, error) if self._site else None
        return page or problem(error, request=request.scope["request_id"])
