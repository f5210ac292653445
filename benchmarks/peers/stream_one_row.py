"""The peer of ``benchmarks/stream.py``: one line after the other, as a short script would do it.

``json.loads``, a frame of one row, ``get_dummies``, ``StandardScaler``, ``XGBClassifier.predict_proba``, and one line
written. What the source did before is kept by hand, in a queue and a counter for each window. The trees are those of
the detector that is measured, so that both must find the same scores. Nothing is checked, no address is replaced, and
nothing is known after a kill.
"""

import importlib
import json
from collections import Counter, defaultdict, deque
from pathlib import Path

import pandas as pd
from xgboost import XGBClassifier

transforms = importlib.import_module("peers.threats_pandas_transform")


class Past:
    """The events of one source in one window before now."""

    def __init__(self, seconds: int) -> None:
        self.reach = pd.Timedelta(seconds=seconds)
        self.events: deque[tuple[pd.Timestamp, int, int, bool]] = deque()
        self.ports: Counter[int] = Counter()
        self.bytes = self.failed = 0

    def before(self, now: pd.Timestamp) -> list[float]:
        """Events, distinct ports, bytes and failures."""
        while self.events and self.events[0][0] < now - self.reach:
            _, port, size, failed = self.events.popleft()
            self.ports[port] -= 1
            if not self.ports[port]:
                del self.ports[port]
            self.bytes -= size
            self.failed -= failed
        return [len(self.events), len(self.ports), self.bytes, self.failed]

    def add(self, now: pd.Timestamp, port: int, size: int, failed: bool) -> None:
        """One more event."""
        self.events.append((now, port, size, failed))
        self.ports[port] += 1
        self.bytes += size
        self.failed += failed


class OneRow:
    """Fitted to the events of the file ``fit``, it scores lines with the trees of the file ``model``.

    ``names`` are the columns that the trees look at, in their order.
    """

    def __init__(self, fit: Path, model: Path, names: tuple[str, ...]) -> None:
        self.transform = transforms.PandasTransform(transforms.read(fit), by_hand=True)
        self.order = [self.transform.names.index(name) for name in names]
        self.own = [name for name in self.transform.names if not name.startswith("past_")]
        self.model = XGBClassifier(n_jobs=1)
        self.model.load_model(model)
        self.past: defaultdict[str, list[Past]] = defaultdict(
            lambda: [Past(seconds) for seconds in transforms.WINDOWS]
        )

    def score(self, line: str) -> float:
        """The probability that the event of a line is malicious."""
        event = json.loads(line)
        frame = pd.DataFrame([event])
        frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True, format="ISO8601")
        now = frame["timestamp"].iloc[0]
        windows = self.past[event["src_ip"]]
        past = [number for window in windows for number in window.before(now)]
        for window in windows:
            window.add(now, event["dst_port"], event["payload_len"], event["failed"])
        own = transforms.own_columns(frame).reindex(columns=self.own, fill_value=0.0)
        row = [*own.to_numpy()[0].tolist(), *past]
        X = self.transform.scaler.transform([row])[:, self.order]
        return float(self.model.predict_proba(X)[0, 1])

    def run(self, source: Path, sink: Path, most: int) -> int:
        """Score the first ``most`` lines of a file into another; how many there were."""
        done = 0
        with source.open(encoding="utf-8") as lines, sink.open("w", encoding="utf-8") as verdicts:
            for line in lines:
                if done == most:
                    break
                score = self.score(line)
                verdicts.write(json.dumps({"id": done, "score": score}) + "\n")
                verdicts.flush()
                done += 1
        return done
