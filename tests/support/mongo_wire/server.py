"""The sockets: MongoDB's message frames in and out, one thread a connection."""

import contextlib
import itertools
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import bson

from mongo_wire.commands import Session, answer
from mongo_wire.faults import Faults
from mongo_wire.matching import Document
from mongo_wire.storage import Storage

_HEADER = struct.Struct("<iiii")
_OP_REPLY, _OP_QUERY, _OP_MSG = 1, 2004, 2013
_CHECKSUM, _MORE_TO_COME = 1, 2


class MongoWireServer:
    """A server on a free port of this machine; use it as a context manager.

    ``passwords`` (user to password) demands a login; ``certificate`` (a PEM file with its key) demands TLS.
    """

    def __init__(
        self, *, passwords: Mapping[str, str] | None = None, certificate: Path | None = None
    ) -> None:
        self.storage = Storage()
        self.faults = Faults()
        self.commands: list[str] = []
        self._passwords = dict(passwords or {})
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._numbers = itertools.count(1)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def url(self, database: str = "test", *, login: str = "", options: str = "") -> str:
        """Give the URL of a database; ``login`` is ``user:password``."""
        return f"mongodb://{login + '@' if login else ''}127.0.0.1:{self.port}/{database}{options}"

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()
        for thread in list(self._threads):
            thread.join(timeout=10)

    def drop_connections(self) -> None:
        """Close every connection there is, in the middle of whatever it does."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                stack.callback(connection.close)
            self._open.add(connection)
            stack.callback(self._open.discard, connection)
            if self._closing.is_set():
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self.storage, self._passwords)
            while self._one_command(connection, session):
                pass

    def _one_command(self, connection: socket.socket, session: Session) -> bool:
        """Read a message and answer it; False when the connection is to be dropped."""
        length, number, _, code = _HEADER.unpack(_exactly(connection, _HEADER.size))
        body = _exactly(connection, length - _HEADER.size)
        wants_answer, request = _read_query(body) if code == _OP_QUERY else _read_message(body)
        name = next(iter(request))
        self.commands.append(name)
        fault = session.fault = self.faults.take(name)
        if fault is not None and fault.kind == "stall":
            self._closing.wait()
            return False
        if fault is not None and fault.kind == "drop_before":
            return False
        reply = answer(session, request)
        if fault is not None and fault.kind == "drop_after":
            return False
        if wants_answer:
            document = bson.encode(reply)
            if code == _OP_QUERY:
                payload = struct.pack("<iqii", 8, 0, 0, 1) + document
            else:
                payload = struct.pack("<iB", 0, 0) + document
            kind = _OP_REPLY if code == _OP_QUERY else _OP_MSG
            header = _HEADER.pack(_HEADER.size + len(payload), next(self._numbers), number, kind)
            connection.sendall(header + payload)
        return True


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _read_query(body: bytes) -> tuple[bool, Document]:
    """Read an OP_QUERY, which drivers use for their first greeting only."""
    end_of_name = body.index(b"\0", 4)
    return True, bson.decode_all(body[end_of_name + 9 :])[0]


def _read_message(body: bytes) -> tuple[bool, Document]:
    """Read an OP_MSG: one document, and sequences of documents that belong to one of its fields."""
    (flags,) = struct.unpack_from("<I", body)
    end = len(body) - (4 if flags & _CHECKSUM else 0)
    request: Document = {}
    sequences: dict[str, list[Document]] = {}
    at = 4
    while at < end:
        kind = body[at]
        (size,) = struct.unpack_from("<i", body, at + 1)
        section = body[at + 1 : at + 1 + size]
        if kind == 0:
            request = bson.decode(section)
        else:
            name_end = section.index(b"\0", 4)
            sequences[section[4:name_end].decode()] = bson.decode_all(section[name_end + 1 :])
        at += 1 + size
    return not flags & _MORE_TO_COME, {**request, **sequences}
