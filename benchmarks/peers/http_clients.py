"""Clients of an HTTP service on loopback: requests at a steady pace, or as fast as they are answered; raw sockets.

Latency at a steady pace counts from the moment at which a request was due, not from when it could be sent: a service
that stands still for a while is charged for everybody who had to wait.
"""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np


@dataclass
class Answers:
    """Seconds that each request took, and how many were not answered with 200."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def summary(self) -> dict[str, float]:
        """Percentiles in milliseconds."""
        taken = 1000 * np.array(self.seconds or [np.nan])
        points = {f"p{point:g}_ms": float(np.percentile(taken, point)) for point in (50, 90, 99, 99.9)}
        return {"requests": len(self.seconds), "errors": self.errors, **points, "max_ms": float(taken.max())}


class Connection:
    """One connection that is kept."""

    def __init__(self, url: str, path: str, body: bytes) -> None:
        where = urlsplit(url)
        self.host, self.port = where.hostname or "", where.port or 80
        self.message = (
            f"POST {path} HTTP/1.1\r\nhost: {self.host}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode() + body

    async def open(self) -> "Connection":
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        return self

    async def ask(self) -> int:
        """Send the request, read the answer, give its status."""
        self.writer.write(self.message)
        head = await self.reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.split(b"content-length: ")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        return int(head[9:12])


async def paced(
    url: str, path: str, body: bytes, *, rate: float, seconds: float, connections: int = 8, warm: int = 200
) -> Answers:
    """``rate`` requests a second for so many ``seconds``, over a few connections in turn."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await Connection(url, path, body).open())
    for _ in range(warm):
        connection = await free.get()
        await connection.ask()
        free.put_nowait(connection)
    answers = Answers()

    async def one(due: float) -> None:
        connection = await free.get()
        try:
            status = await connection.ask()
        except (OSError, asyncio.IncompleteReadError):
            answers.errors += 1
            connection = await Connection(url, path, body).open()
        else:
            answers.seconds.append(time.perf_counter() - due)
            answers.errors += status != 200
        free.put_nowait(connection)

    began = time.perf_counter()
    tasks = []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(due)))
    await asyncio.gather(*tasks)
    return answers


async def crowd(url: str, path: str, body: bytes, *, clients: int, seconds: float) -> Answers:
    """So many clients at once, each asking again as soon as it is answered."""
    answers = Answers()
    end = time.perf_counter() + seconds

    async def one() -> None:
        connection = await Connection(url, path, body).open()
        while time.perf_counter() < end:
            began = time.perf_counter()
            try:
                status = await connection.ask()
            except (OSError, asyncio.IncompleteReadError):
                answers.errors += 1
                connection = await Connection(url, path, body).open()
                continue
            answers.seconds.append(time.perf_counter() - began)
            answers.errors += status != 200

    await asyncio.gather(*(one() for _ in range(clients)))
    return answers
