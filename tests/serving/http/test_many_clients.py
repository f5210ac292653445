"""Two hundred clients at once: everyone is answered, each with its own answer."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from running_service import running
from served_models import FLOW

TURNS = 5


async def ask(host: str, port: int, number: int) -> list[tuple[bytes, str]]:
    """What one client is answered, over one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    found = []
    for turn in range(TURNS):
        body = orjson.dumps({**FLOW, "bytes": number})
        head = (
            f"POST /v1/score HTTP/1.1\r\nhost: x\r\nx-request-id: c{number}-{turn}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        facts = orjson.loads(await reader.readexactly(length))
        found.append((answer.split(b"\r\n")[0], facts["request"].removeprefix(f"c{number}-{turn}")))
    writer.close()
    await writer.wait_closed()
    return found


async def all_at_once(host: str, port: int) -> list[list[tuple[bytes, str]]]:
    return await asyncio.gather(*(ask(host, port, number) for number in range(200)))


def test_two_hundred_clients_at_once(workspace: Path) -> None:
    with running(workspace) as (client, service):
        where = urlsplit(str(client.base_url))
        found = asyncio.run(all_at_once(where.hostname or "", where.port or 0))
        assert client.get("/health/ready").status_code == 200
        metrics = client.get("/metrics").text
        assert service.metrics.in_flight._value.get() == 0
    assert {each for one in found for each in one} == {(b"HTTP/1.1 200 OK", "")}
    counted = 'garrison_requests_total{method="POST",route="/v1/score",status="200"} '
    assert f"{counted}{200 * TURNS}.0" in metrics
    assert "garrison_requests_in_flight 1.0" in metrics, "the one that asks"
