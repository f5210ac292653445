"""The peer of ``benchmarks/threats_transform.py``: the same numbers the usual way, in pandas and scikit-learn.

One-hot columns by ``get_dummies``, the clock by the ``dt`` accessor, counts and sums by ``groupby`` and ``rolling``
with ``closed="left"``, and ``StandardScaler``. pandas has no rolling count of distinct values; the usual
``rolling(...).apply`` calls Python once a row with a whole window, so here each source is walked once with a queue and
a counter instead, which is many times faster. pandas counts an event of the same microsecond that stands
earlier in the table and Garrison does not: the two agree where times differ.
"""

from collections import deque
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

WINDOWS = (10, 60, 600)
COLUMNS = [
    "timestamp",
    "src_ip",
    "protocol",
    "payload_len",
    "dst_port",
    "duration",
    "packets",
    "failed",
    "service",
]


def distinct_before(times: list[int], values: list[int], width: int) -> list[int]:
    """For rising times, how many distinct values stood in the ``width`` before each."""
    window: deque[tuple[int, int]] = deque()
    counts: dict[int, int] = {}
    answers = []
    for time, value in zip(times, values, strict=True):
        while window and window[0][0] < time - width:
            gone = window.popleft()[1]
            if counts[gone] == 1:
                del counts[gone]
            else:
                counts[gone] -= 1
        answers.append(len(counts))
        window.append((time, value))
        counts[value] = counts.get(value, 0) + 1
    return answers


def past(frame: pd.DataFrame) -> pd.DataFrame:
    """The windows of each event's source, in the order of ``frame``."""
    ordered = frame.sort_values(["src_ip", "timestamp"], kind="stable")
    moments = ordered.set_index("timestamp")
    moments["failed"] = moments["failed"].astype("float64")
    moments["payload_len"] = moments["payload_len"].astype("float64")
    groups = moments.groupby("src_ip", sort=True)
    micros = ordered["timestamp"].dt.tz_convert(None).to_numpy().astype("datetime64[us]").astype("int64")
    edges = np.flatnonzero((ordered["src_ip"] != ordered["src_ip"].shift()).to_numpy()).tolist()
    edges.append(len(ordered))
    ports = ordered["dst_port"].to_numpy()
    columns: dict[str, NDArray[np.float64]] = {}
    for seconds in WINDOWS:
        rolling = groups[["payload_len", "failed"]].rolling(f"{seconds}s", closed="left")
        sums = rolling.sum()
        columns[f"past_{seconds}s_events"] = rolling["payload_len"].count().fillna(0.0).to_numpy()
        distinct: list[int] = []
        for start, end in pairwise(edges):
            distinct += distinct_before(
                micros[start:end].tolist(), ports[start:end].tolist(), seconds * 1_000_000
            )
        columns[f"past_{seconds}s_distinct_dst_port"] = np.array(distinct, dtype=np.float64)
        columns[f"past_{seconds}s_sum_payload_len"] = sums["payload_len"].fillna(0.0).to_numpy()
        columns[f"past_{seconds}s_failed"] = sums["failed"].fillna(0.0).to_numpy()
    return pd.DataFrame(columns, index=ordered.index).sort_index()


def columns_of(frame: pd.DataFrame) -> pd.DataFrame:
    """All columns of numbers, before they are scaled."""
    frame = frame.reset_index(drop=True)
    moment = frame["timestamp"]
    minute = 2 * np.pi * (moment.dt.hour * 60 + moment.dt.minute) / 1440
    weekday = 2 * np.pi * moment.dt.day_of_week / 7
    clock = pd.DataFrame(
        {
            "hour_sin": np.sin(minute),
            "hour_cos": np.cos(minute),
            "weekday_sin": np.sin(weekday),
            "weekday_cos": np.cos(weekday),
            "weekend": (moment.dt.day_of_week >= 5).astype("float64"),
        }
    )
    plain = frame[["payload_len", "dst_port", "duration", "packets", "failed"]].astype("float64").fillna(0.0)
    hot = pd.get_dummies(frame[["protocol", "service"]], prefix_sep="=", dtype="float64")
    return pd.concat([plain, hot, clock, past(frame)], axis=1)


class PandasTransform:
    """Fitted to a file of events, it gives another's as a matrix of ``names``."""

    def __init__(self, path: Path) -> None:
        found = columns_of(pd.read_parquet(path, columns=COLUMNS))
        self.names = list(found.columns)
        self.scaler = StandardScaler().fit(found.to_numpy())

    def transform(self, path: Path) -> NDArray[np.float64]:
        """The events of a file, shape (n, d)."""
        found = columns_of(pd.read_parquet(path, columns=COLUMNS)).reindex(columns=self.names, fill_value=0.0)
        scaled: NDArray[np.float64] = self.scaler.transform(found.to_numpy())
        return scaled
