"""Made-up flows that a sender can change in every way there is, and detectors of them."""

from typing import Any

import numpy as np
import pyarrow as pa

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.features import TabularProcessor

FEATURES: dict[str, Any] = {
    "name": "changeable flows",
    "columns": [
        {"name": "proto", "type": "string"},
        {"name": "tool", "type": "string", "attacker": {"change": "both"}},
        {"name": "packets", "type": "integer", "minimum": 1, "attacker": {"change": "up", "maximum": 500}},
        {"name": "bytes", "type": "integer", "minimum": 0, "attacker": {"change": "up"}},
        {"name": "mean", "type": "number", "minimum": 0},
        {"name": "seconds", "type": "number", "minimum": 0, "attacker": {"change": "both", "minimum": 0.01}},
        {"name": "rate", "type": "number", "minimum": 0, "attacker": {"change": "both"}},
        {"name": "level", "type": "integer", "allowed": [0, 2, 5], "attacker": {"change": "down"}},
        {"name": "errors", "type": "number", "minimum": 0, "maximum": 1},
        {
            "name": "window",
            "type": "integer",
            "nullable": True,
            "impute": "median",
            "attacker": {"change": "both"},
        },
        {"name": "bad", "type": "integer", "role": "label", "allowed": [0, 1]},
    ],
    "combined": [{"name": "share", "share": ["bytes", "packets"]}],
    "label": {"column": "bad", "positive": 1, "negative": 0},
    "relations": [
        {"holds": "mean = bytes / packets", "within": 1e-9, "relative": 1e-9},
        {"holds": "rate = packets / seconds", "relative": 1e-9},
        "bytes >= 20 * packets",
        "bytes <= 1500 * packets",
        {"holds": "window = 0", "when": "proto != 'tcp'"},
    ],
}
SCHEMA = Schema.from_dict(FEATURES)


def changeable_flows(count: int, *, seed: int = 0) -> pa.Table:
    """So many flows, a half of them bad: short, of few bytes a packet, and fast."""
    draw = np.random.default_rng(seed)
    bad = draw.random(count) < 0.5
    packets = draw.integers(1, 60, count)
    size = np.where(bad, draw.uniform(20, 300, count), draw.uniform(150, 1500, count))
    payload = np.clip(np.round(packets * size), 20 * packets, 1500 * packets).astype(np.int64)
    seconds = np.where(bad, draw.exponential(0.5, count), draw.exponential(4.0, count)) + 0.01
    tcp = draw.random(count) < 0.6
    window = [
        0 if not tcp[place] else None if draw.random() < 0.1 else int(draw.integers(0, 256))
        for place in range(count)
    ]
    return pa.table(
        {
            "proto": np.where(tcp, "tcp", "udp").tolist(),
            "tool": draw.choice(["curl", "nc", "wget"], count).tolist(),
            "packets": packets,
            "bytes": payload,
            "mean": payload / packets,
            "seconds": seconds,
            "rate": packets / seconds,
            "level": np.where(bad, 5, draw.choice([0, 2], count)),
            "errors": np.clip(draw.normal(np.where(bad, 0.6, 0.3), 0.2), 0, 1),
            "window": pa.array(window, pa.int64()),
            "bad": bad.astype(np.int64),
        }
    )


def changeable_detector(family: str, *, flows: pa.Table | None = None, **params: Any) -> Detector:
    """A detector of 500 such flows, or of ``flows``."""
    table = SCHEMA.validate(changeable_flows(500) if flows is None else flows).table
    processor = TabularProcessor(impute="median", scale=family == "mlp").fit(table, SCHEMA)
    full = FAMILIES[family].complete(params)
    model = FAMILIES[family].fit(processor.transform(table), SCHEMA.labels(table), params=full, seed=0)
    return Detector(
        name="changeable",
        schema=SCHEMA,
        processor=processor,
        model=model,
        family=family,
        params=full,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    )


def can_be(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a flow can be made of another: written out by hand, and by nothing that attacks use."""
    whole = all(isinstance(after[name], int) for name in ("packets", "bytes", "level"))
    fixed = all(after[name] == before[name] for name in ("proto", "errors"))
    up = 500 >= after["packets"] >= before["packets"] and after["bytes"] >= before["bytes"]
    follows = np.isclose(after["mean"], after["bytes"] / after["packets"], rtol=1e-6)
    follows &= np.isclose(after["rate"], after["packets"] / after["seconds"], rtol=1e-6)
    size = 20 * after["packets"] <= after["bytes"] <= 1500 * after["packets"]
    level = after["level"] in (0, 2, 5) and after["level"] <= before["level"]
    known = after["tool"] in ("curl", "nc", "wget") and after["seconds"] >= min(0.01, before["seconds"])
    window = (after["window"] is None) == (before["window"] is None)
    window &= after["proto"] == "tcp" or after["window"] == 0
    return bool(whole and fixed and up and follows and size and level and known and window)
