"""Do the pages make scoring slower? One event over HTTP at a steady pace: without pages, with them, and watched.

    python benchmarks/serve_pages.py --rate 200 --seconds 30

The service, its model and the client are those of `serve_http.py`:

without     `--set serving.pages=false`
idle        with pages, and nobody looks at them
watched     with pages, and somebody has the live view open, which is loaded anew every four seconds
browsed     with pages, and somebody tries an event with its reasons, every two seconds

each in a process of its own, held to one core. Prints a table and JSON.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

serve_http = importlib.import_module("serve_http")

Look = Callable[[httpx.Client], Any]


def _live(client: httpx.Client) -> None:
    client.get("/live").raise_for_status()


def _try(client: httpx.Client) -> None:
    page = client.get("/try").raise_for_status().text
    found = re.search(r'name="token" value="(\w+)"', page)
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    assert text is not None
    event = text[1].replace("&#34;", '"')
    client.post("/try", data={"token": found[1], "event": event}).raise_for_status()


CASES: dict[str, tuple[bool, Look | None, float]] = {
    "without": (False, None, 0.0),
    "idle": (True, None, 0.0),
    "watched": (True, _live, 4.0),
    "browsed": (True, _try, 2.0),
}
"""Whether there are pages, who looks at them, and every how many seconds."""


@contextlib.contextmanager
def looked_at(url: str, look: Look | None, every: float) -> Iterator[list[int]]:
    """Somebody looks again and again; how often they have."""
    times, stop = [0], threading.Event()

    def work(seen: Look) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.wait(every):
                seen(client)
                times[0] += 1

    thread = threading.Thread(target=work, args=(look,)) if look else None
    if thread:
        thread.start()
    try:
        yield times
    finally:
        stop.set()
        if thread:
            thread.join()


def measure(case: str, folder: Path, event: dict[str, float], options: argparse.Namespace) -> dict[str, Any]:
    """One case at a steady pace."""
    clients = importlib.import_module("peers.http_clients")
    pages, look, every = CASES[case]
    os.environ["GARRISON__SERVING__PAGES"] = str(pages).lower()
    with serve_http.served("garrison", folder, options.core) as (url, _):
        body = json.dumps(event).encode()
        with looked_at(url, look, every) as times:
            answers = asyncio.run(
                clients.paced(
                    url, "/v1/score", body, rate=options.rate, seconds=options.seconds, warm=serve_http.WARM
                )
            )
        return {"case": case, "looks": times[0], **answers.summary()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    options.core = cores[0] if len(cores) > 1 else None
    results = []
    with tempfile.TemporaryDirectory() as name:
        event = serve_http.make_model(Path(name))
        if options.core is not None:
            os.sched_setaffinity(0, set(cores[1:]))
        heads = ("p50 ms", "p90", "p99", "p99.9", "max")
        print(
            f"{'case':10} {'requests':>9} {'errors':>7} {'looks':>6} {' '.join(f'{head:>8}' for head in heads)}"
        )
        for case in options.cases:
            found = measure(case, Path(name), event, options)
            results.append(found)
            keys = ("p50_ms", "p90_ms", "p99_ms", "p99.9_ms", "max_ms")
            numbers = " ".join(f"{found[key]:8.2f}" for key in keys)
            print(
                f"{case:10} {found['requests']:9,} {found['errors']:7} {found['looks']:6} {numbers}",
                flush=True,
            )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
