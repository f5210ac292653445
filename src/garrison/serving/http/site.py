"""What else a service may answer with beside its addresses: pages for people, made by a room above this one."""

from collections.abc import Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from garrison.errors import GarrisonError


class Site(Protocol):
    """Pages of a service. They stand behind its addresses, pass its gate, and answer for themselves."""

    @property
    def routes(self) -> Sequence[Route]:
        """The pages; looked at after the addresses."""

    def error(self, request: Request, error: GarrisonError) -> Response | None:
        """The page of an error, for whoever asks for a page; None leaves it to the problem document."""

    async def watch(self) -> None:
        """Run beside the service until it is cancelled."""

    def close(self) -> None:
        """Let go of what is held; after the last request."""
