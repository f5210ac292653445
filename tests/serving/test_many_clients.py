"""Two hundred clients at once: everyone is answered, each with its own answer."""

import asyncio
from pathlib import Path

import httpx
from running_service import running
from served_models import FLOW


def test_two_hundred_clients_at_once(workspace: Path) -> None:
    async def ask(url: str, number: int) -> list[tuple[int, str]]:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            found = []
            for turn in range(3):
                name = f"c{number}-{turn}"
                answer = await client.post("/v1/score", json={**FLOW, "bytes": number}, headers={"x-request-id": name})
                found.append((answer.status_code, answer.json()["request"].removeprefix(name)))
            return found

    async def all_at_once(url: str) -> list[list[tuple[int, str]]]:
        return await asyncio.gather(*(ask(url, number) for number in range(200)))

    with running(workspace) as (client, service):
        found = asyncio.run(all_at_once(str(client.base_url)))
        assert client.get("/health/ready").status_code == 200
        metrics = client.get("/metrics").text
    assert {each for one in found for each in one} == {(200, "")}
    assert 'garrison_requests_total{method="POST",route="/v1/score",status="200"} 600.0' in metrics
    assert "garrison_requests_in_flight 1.0" in metrics, "the one that asks"
    assert service.metrics.in_flight._value.get() == 0
