"""A workspace with a model of four versions, as the pages of a service find one."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from watched_models import write_watched_model

from garrison.assurance import Gate, Judgement, Report, Rival, Section, Span, Text, render_report
from garrison.registry import LocalRegistry, Version, promote_judged
from garrison.serving.http import new_key, write_keys

EVENT: dict[str, Any] = {
    "timestamp": "2026-01-05T10:00:00Z",
    "src_ip": "192.0.2.7",
    "protocol": "tcp",
    "payload_len": 310,
}
RUN = "threats-1"


def write_web_workspace(workspace: Path) -> LocalRegistry:
    """Version 1 was never judged, 2 is in production, 3 may be promoted, and 4 misses a gate.

    The run of version 2 has a report.
    """
    write_watched_model(workspace, events=2_000)
    registry = LocalRegistry(workspace / "models")
    folder = workspace / "detector"
    registry.push(folder, "threats", record=_record(0.91, None, 0.7))
    promote_judged(registry, "threats", 2)
    current = registry.current("threats")
    registry.push(folder, "threats", record=_record(0.95, current, 0.7, run="threats-2"))
    registry.push(folder, "threats", record=_record(0.65, current, 0.7, run="<b>odd</b>"))
    page = Report("Threats <1>", "", (), (Section("Quality", (Text("It is good."),)),))
    (workspace / "runs" / RUN).mkdir(parents=True)
    render_report(page, workspace / "runs" / RUN / "report.html")
    return registry


def write_web_keys(path: Path) -> dict[str, str]:
    """A file of keys, one of each kind of visitor; what they write."""
    made = {
        "admin": new_key(["admin"], name="operator"),
        "analyst": new_key(["score", "explain", "metrics"], name="<i>analyst</i>"),
        "score": new_key(["score"], name="gateway"),
    }
    write_keys(path, [key for key, _ in made.values()])
    return {name: text for name, (_, text) in made.items()}


def events_csv(workspace: Path, rows: int, *, shift: int = 0) -> bytes:
    """Some events of the training as CSV; payloads are longer by ``shift`` bytes."""
    table = pq.read_table(workspace / "training.parquet").slice(0, rows)
    names = ["timestamp", "src_ip", "protocol", "payload_len"]
    table = table.select(names)
    lengths = pa.array([value + shift for value in table.column("payload_len").to_pylist()])
    lines = [",".join(names)]
    for row in table.set_column(3, "payload_len", lengths).to_pylist():
        when = str(row["timestamp"]).replace(" ", "T")
        lines.append(f"{when},{row['src_ip']},{row['protocol']},{row['payload_len']}")
    return ("\n".join(lines) + "\n").encode()


def _record(auc: float, over: Version | None, gate: float, *, run: str = RUN) -> dict[str, Any]:
    rival = None
    if over is not None:
        gain = Span(value=auc - 0.91, low=auc - 0.92, high=auc - 0.9)
        rival = Rival(version=over.version, digest=over.record.digest, value=0.91, gain=gain)
    gates = (Gate.read("auc", f">= {gate}"), Gate.read("ece", "<= 0.05"))
    judgement = Judgement(
        metric="auc",
        found=Span(value=auc, low=auc - 0.02, high=auc + 0.02),
        margin=0,
        gates=tuple(each.judge({"auc": auc, "ece": 0.02}[each.name]) for each in gates),
        rival=rival,
    )
    return {
        "run": run,
        "metrics": {"auc": auc, "ece": 0.02, "recall@fpr=0.01": auc - 0.2},
        "reason": judgement.verdict(),
        "judgement": judgement.model_dump(mode="json"),
        "settings": {"training": {"metric": "auc", "families": ["logistic_regression"]}},
    }
