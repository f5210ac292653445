"""Two hundred clients at once for a minute: is everyone answered, and does memory stay where it was?

    python benchmarks/serve_load.py --clients 200 --seconds 60

The same model as in serve_http.py behind `garrison serve`. Memory is the resident set of the service's process: after a
warm-up of 2,000 requests, half-way, and at the end. Prints what it found and JSON.
"""

import argparse
import asyncio
import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

import psutil


def resident(url: str) -> float:
    """MiB of the process that listens there."""
    port = int(url.rpartition(":")[2])
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr[1] == port and one.pid:
            return float(psutil.Process(one.pid).memory_info().rss / 2**20)
    raise RuntimeError(f"nobody listens at {url}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    way = importlib.import_module("serve_http")
    clients = importlib.import_module("peers.http_clients")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        event = way.make_model(folder)
        body = json.dumps(event).encode()
        with way.served("garrison", folder, None) as (url, _):
            asyncio.run(clients.paced(url, "/v1/score", body, rate=1.0, seconds=0.0, warm=2000))
            memory = [resident(url)]
            parts = []
            for _ in range(2):
                half = clients.crowd(
                    url, "/v1/score", body, clients=options.clients, seconds=options.seconds / 2
                )
                parts.append(asyncio.run(half))
                memory.append(resident(url))
    answers = clients.Answers([*parts[0].seconds, *parts[1].seconds], sum(part.errors for part in parts))
    found: dict[str, Any] = {
        "clients": options.clients,
        **answers.summary(),
        "per_second": len(answers.seconds) / options.seconds,
        "resident_mib": memory,
    }
    for key, value in found.items():
        print(f"{key:14} {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
