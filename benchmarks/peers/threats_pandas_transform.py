"""The peer of ``benchmarks/threats_transform.py``: the same numbers the usual way, in pandas and scikit-learn.

One-hot columns by ``get_dummies``, the clock by the ``dt`` accessor, counts and sums by ``groupby`` and ``rolling``
with ``closed="left"``, and ``StandardScaler``. pandas has no rolling count of distinct values. The usual way is
``rolling(...).apply``, which hands Python a whole window for each row. With ``by_hand`` each source is walked once
instead, with a queue and a counter, as someone would who has seen how slow the usual way is. pandas counts an
event of the same microsecond that stands earlier in the table and Garrison does not: the two agree where times differ.
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


def past(frame: pd.DataFrame, *, by_hand: bool) -> pd.DataFrame:
    """The windows of each event's source, in the order of ``frame``."""
    ordered = frame.sort_values(["src_ip", "timestamp"], kind="stable")
    moments = ordered.set_index("timestamp")
    groups = moments.astype({"failed": "float64", "payload_len": "float64", "dst_port": "float64"}).groupby(
        "src_ip"
    )
    columns: dict[str, NDArray[np.float64]] = {}
    for seconds in WINDOWS:
        rolling = groups[["payload_len", "failed"]].rolling(f"{seconds}s", closed="left")
        sums = rolling.sum().fillna(0.0)
        if by_hand:
            distinct = by_source(ordered, seconds)
        else:
            ports = groups["dst_port"].rolling(f"{seconds}s", closed="left")
            distinct = ports.apply(lambda window: len(np.unique(window)), raw=True).fillna(0.0).to_numpy()
        columns[f"past_{seconds}s_events"] = rolling["payload_len"].count().fillna(0.0).to_numpy()
        columns[f"past_{seconds}s_distinct_dst_port"] = distinct
        columns[f"past_{seconds}s_sum_payload_len"] = sums["payload_len"].to_numpy()
        columns[f"past_{seconds}s_failed"] = sums["failed"].to_numpy()
    return pd.DataFrame(columns, index=ordered.index).sort_index()


def by_source(ordered: pd.DataFrame, seconds: int) -> NDArray[np.float64]:
    """``distinct_before`` of each source's ports."""
    micros = ordered["timestamp"].dt.tz_convert(None).to_numpy().astype("datetime64[us]").astype("int64")
    edges = np.flatnonzero((ordered["src_ip"] != ordered["src_ip"].shift()).to_numpy()).tolist()
    ports = ordered["dst_port"].to_numpy()
    distinct: list[int] = []
    for start, end in pairwise([*edges, len(ordered)]):
        distinct += distinct_before(
            micros[start:end].tolist(), ports[start:end].tolist(), seconds * 1_000_000
        )
    return np.array(distinct, dtype=np.float64)


def columns_of(frame: pd.DataFrame, *, by_hand: bool) -> pd.DataFrame:
    """All columns of numbers, before they are scaled."""
    frame = frame.reset_index(drop=True)
    return pd.concat([own_columns(frame), past(frame, by_hand=by_hand)], axis=1)


def own_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of numbers that need no other event."""
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
    return pd.concat([plain, hot, clock], axis=1)


class PandasTransform:
    """Fitted to events, it gives others as a matrix of ``names``."""

    def __init__(self, frame: pd.DataFrame, *, by_hand: bool) -> None:
        self.by_hand = by_hand
        found = columns_of(frame, by_hand=by_hand)
        self.names = list(found.columns)
        self.scaler = StandardScaler().fit(found.to_numpy())

    def transform(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """The events as numbers, shape (n, d)."""
        found = columns_of(frame, by_hand=self.by_hand).reindex(columns=self.names, fill_value=0.0)
        scaled: NDArray[np.float64] = self.scaler.transform(found.to_numpy())
        return scaled


def read(path: Path) -> pd.DataFrame:
    """The columns that are looked at."""
    return pd.read_parquet(path, columns=COLUMNS)
