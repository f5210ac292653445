"""A network between a client and a server on this machine that can be cut and mended."""

import contextlib
import socket
import threading


class Relay:
    """Passes what comes to its port on to another port, until it is cut: then nobody answers, and lines break.

    With ``record`` it keeps what clients send, in ``sent``.
    """

    def __init__(self, target: int, *, record: bool = False) -> None:
        self.target = target
        self.sent: list[bytes] = []
        self._record = record
        self.port = 0
        self._listener: socket.socket | None = None
        self._lines: list[socket.socket] = []
        self.mend()

    @property
    def address(self) -> str:
        """Where a client reaches the server through it."""
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Let connections through again, at the same port."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Refuse new connections and break those there are."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._lines += [client, server]
                kept = self.sent if self._record else None
                for source, sink, keep in ((client, server, kept), (server, client, None)):
                    threading.Thread(target=_pass_on, args=(source, sink, keep), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket, keep: list[bytes] | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            if keep is not None:
                keep.append(data)
            sink.sendall(data)
    for line in (source, sink):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()
