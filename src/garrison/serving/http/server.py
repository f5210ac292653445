"""Running the service: a socket, uvicorn, and the signals by which it is told to stop or to look for new versions."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator

import uvicorn

from garrison.errors import UsageError
from garrison.run.this_machine import is_this_machine
from garrison.serving.http.app import make_app
from garrison.serving.http.door import let_nobody_new_in
from garrison.serving.http.problems import Refused
from garrison.serving.http.protocol import PatientProtocol
from garrison.serving.http.service import Service
from garrison.serving.http.site import Site

BACKLOG = 2048
_DOOR_SECONDS = 0.05


def serve(
    service: Service, *, site: Site | None = None, ready: Callable[[str], None] = lambda _: None
) -> None:
    """Answer requests until SIGTERM or SIGINT; ``ready`` is told the service's URL once it listens.

    On the first signal ``/health/ready`` says no and every answer closes its connection, for ``drain_seconds``; then
    the door is shut, and what was taken is finished within ``stop_seconds``. A second signal ends it at once. SIGHUP
    loads the models and keys anew.

    ``UsageError`` when the address cannot be listened at, or when anybody at all could reach a service without keys.
    """
    settings = service.settings
    if service.callers.keys is None and not settings.open and not is_this_machine(settings.host):
        raise UsageError(
            f"without keys, everybody who reaches {settings.host} could ask the service",
            where="serving.host",
            expected="keys, or this machine's own address (127.0.0.1)",
            remedy="garrison serve keys new --scope score; or --open, if that is wanted",
        )
    listener = bind(settings.host, settings.port)
    _Server(config_of(service, site), service, url_of(listener), ready).run(sockets=[listener])


def config_of(service: Service, site: Site | None = None) -> uvicorn.Config:
    """How uvicorn is set up for a service; its own messages go nowhere, as the service has a log."""
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    return uvicorn.Config(
        make_app(service, site),
        http=PatientProtocol,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(service.settings.stop_seconds)),
    )


class _Server(uvicorn.Server):
    """uvicorn, told to stop in our way."""

    def __init__(
        self, config: uvicorn.Config, service: Service, url: str, ready: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._service = service
        self._url = url
        self._ready = ready
        self._tasks: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then freeze what was loaded: the collector of garbage need not look at a model again and again."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        if not self.should_exit:
            self._service.log.info("serving", url=self._url, models=list(self._service.models.all))
            self._ready(self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody new in, take those who stand in the door, and finish."""
        for listener in sockets or []:
            let_nobody_new_in(listener)
        await asyncio.sleep(_DOOR_SECONDS)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to signals while serving, and to none that were ours afterwards."""
        loop = asyncio.get_running_loop()
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
        }
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = lambda: self._begin(self._reload())
        taken = []
        for each, handler in handlers.items():
            with contextlib.suppress(ValueError, NotImplementedError, RuntimeError):  # not the main thread
                loop.add_signal_handler(each, handler)
                taken.append(each)
        try:
            yield
        finally:
            for each in taken:
                loop.remove_signal_handler(each)

    def _stop(self) -> None:
        if self._service.stopping:
            self.should_exit = self.force_exit = True
            return
        self._service.stopping = True
        self._service.log.info("stopping", seconds=self._service.settings.drain_seconds)
        self._begin(self._drain())

    async def _drain(self) -> None:
        await asyncio.sleep(self._service.settings.drain_seconds)
        self.should_exit = True

    async def _reload(self) -> None:
        try:
            await asyncio.to_thread(self._service.reload)
        except Refused as error:
            self._service.log.error("not loaded; what was served goes on", error=str(error))
        except Exception as error:
            self._service.log.error("not loaded; what was served goes on", exc_info=error)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; ``UsageError`` where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        raise UsageError(
            f"cannot listen at {host} port {port}: {getattr(error, 'strerror', None) or error}",
            where="serving.host, serving.port",
            expected="an address of this machine, and a port that is free",
            remedy="choose another --port; 0 takes any that is free",
        ) from error
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    """Where a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
