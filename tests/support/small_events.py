"""Network events for tests: tables of the default schema, drawn or made by a seed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from garrison.data.schema import Schema

EVENTS_SCHEMA = Schema.read(Path(__file__).parents[2] / "configs" / "threats" / "features.json")

START = datetime(2024, 5, 3, 23, 50, tzinfo=UTC)


def address(number: int) -> str:
    """A pseudonym."""
    return f"ip_{number:032x}"


events = st.fixed_dictionaries(
    {
        "timestamp": st.integers(0, 1_300_000).map(lambda ms: START + timedelta(milliseconds=ms)),
        "src_ip": st.sampled_from([address(1), address(2), address(3), None]),
        "protocol": st.sampled_from(["tcp", "udp", "icmp"]),
        "payload_len": st.integers(0, 100_000),
        "dst_port": st.none() | st.integers(0, 6) | st.integers(0, 65_535),
        "duration": st.none() | st.floats(0, 1e6),
        "failed": st.none() | st.booleans(),
        "service": st.sampled_from([None, "http", "dns", "é"]),
    }
)


def some_events(count: int, *, seed: int = 0) -> list[dict[str, Any]]:
    """Events of a few sources in order of time, labelled."""
    generator = np.random.default_rng(seed)
    seconds = np.cumsum(generator.exponential(5.0, count))
    return [
        {
            "timestamp": START + timedelta(seconds=float(second)),
            "src_ip": address(int(generator.integers(5))),
            "protocol": str(generator.choice(["tcp", "udp", "icmp"])),
            "payload_len": int(generator.integers(0, 5_000)),
            "is_malicious": bool(generator.random() < 0.2),
            "dst_port": int(generator.integers(0, 1_000)),
            "duration": None if generator.random() < 0.1 else float(generator.random()),
            "failed": bool(generator.random() < 0.1),
            "service": str(generator.choice(["http", "dns", "ssh"])),
        }
        for second in seconds
    ]
