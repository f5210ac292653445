"""Small network events as lines of JSON, without the truth."""

import json

from small_events import some_events


def event_lines(count: int, *, seed: int = 0) -> list[bytes]:
    """``count`` events in order of time, one a line."""
    return [
        json.dumps(
            {
                name: value.isoformat() if name == "timestamp" else value
                for name, value in row.items()
                if name != "is_malicious"
            }
        ).encode()
        for row in some_events(count, seed=seed)
    ]
