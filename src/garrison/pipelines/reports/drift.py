"""The page of a drift check: the verdict, what moved with both sides drawn together, and every column."""

from pathlib import Path
from typing import TYPE_CHECKING

from garrison.assurance import Report, render_report
from garrison.monitoring.drift_sections import drift_badge, drift_sections
from garrison.run.redaction import redact

if TYPE_CHECKING:
    from garrison.pipelines.watching.drift import DriftCheck


def drift_report(check: "DriftCheck", path: Path) -> None:
    """Write the page at ``path``."""
    drift = check.drift
    since = () if check.since is None else (("since", check.since.isoformat(timespec="seconds")),)
    report = Report(
        title="Drift",
        subtitle=f"{check.model.title}: {redact(check.data)} against its training data",
        facts=(
            ("rows", f"{drift.rows:,}"),
            ("training rows", f"{drift.reference_rows:,}"),
            *since,
            ("refused", f"{check.refused:,}"),
            ("detector", check.model.digest[:16]),
        ),
        sections=drift_sections(drift),
        verdict=drift_badge(drift),
    )
    render_report(report, path)
