"""The page of the validation stage: what was checked, and what drifted."""

from pathlib import Path
from typing import TYPE_CHECKING

from garrison.assurance import (
    Badge,
    Block,
    CaveatList,
    Column,
    Report,
    Section,
    Table,
    Text,
    drift_picture,
    render_report,
)
from garrison.evaluation.drift import ColumnDrift, DriftTable
from garrison.pipelines.stages.ingestion import Ingestion

if TYPE_CHECKING:
    from garrison.pipelines.stages.validation import Validation


def validation_report(validation: "Validation", ingestion: Ingestion, *, path: Path) -> None:
    """Write the page at ``path``."""
    verdict = Badge("passed", "good") if validation.passed else Badge("failed", "bad")
    report = Report(
        title="Data validation",
        subtitle=ingestion.origin,
        facts=(
            ("rows", f"{ingestion.rows:,}"),
            ("refused", f"{ingestion.refused:,}"),
            ("fingerprint", ingestion.fingerprint[:16]),
        ),
        sections=(
            Section("Checks", (checks_table(validation),)),
            Section("Caveats", (CaveatList(tuple(each["text"] for each in ingestion.hygiene["caveats"])),)),
            Section("Hygiene", hygiene_blocks(ingestion)),
            Section("Drift", drift_blocks(validation)),
        ),
        verdict=verdict,
    )
    render_report(report, path)


def checks_table(validation: "Validation") -> Table:
    """Every check, with what was found and what was expected."""
    return Table(
        columns=("check", "verdict", "found", "expected"),
        rows=tuple(
            (
                check["name"],
                Badge("passed", "good") if check["passed"] else Badge("failed", "bad"),
                check["found"],
                check["expected"],
            )
            for check in validation.checks
        ),
        caption="What was checked before anything was learnt",
    )


def hygiene_blocks(ingestion: Ingestion) -> tuple[Block, ...]:
    """What was unclean in the data, counted."""
    found = ingestion.hygiene
    classes = ", ".join(f"{name}: {count:,}" for name, count in found["class_counts"].items())
    missing = {name: count for name, count in found["missing"].items() if count}
    rows: list[tuple[str, str]] = [
        ("rows", f"{found['rows']:,}"),
        ("classes", classes),
        ("rows that repeat an earlier one", f"{found['duplicate_rows']:,}"),
        ("distinct feature vectors", f"{found['distinct_feature_rows']:,}"),
        ("feature vectors with both labels", f"{found['contradictory_feature_rows']:,}"),
        ("constant columns", ", ".join(found["constant_columns"]) or "none"),
        ("missing values", ", ".join(f"{name}: {count:,}" for name, count in missing.items()) or "none"),
        ("rows refused by the schema", f"{ingestion.refused:,}"),
        ("training part, test part", f"{ingestion.train_rows:,}, {ingestion.test_rows:,}"),
    ]
    return (Table(columns=("what", "found"), rows=tuple(rows), caption="The data"),)


def drift_blocks(validation: "Validation") -> tuple[Block, ...]:
    """The drift table and its picture."""
    drift = drift_of(validation)
    if not drift.rows:
        return (Text("No column could be compared: free text has no distribution of its own."),)
    return (
        Text(
            f"{validation.reference}: {drift.reference_rows:,} rows against {drift.current_rows:,}. A column drifts "
            f"when its p-value after {drift.correction} correction is at most {drift.alpha:g} and its effect is "
            f"at least {drift.least_effect:g}."
        ),
        drift_picture(drift),
        Table(
            columns=(
                "column",
                "test",
                Column("statistic", 3),
                Column("p, corrected", 4),
                Column("effect", 3),
                "drifted",
            ),
            rows=tuple(
                (
                    row.name,
                    row.test,
                    row.statistic,
                    row.p_corrected,
                    row.effect,
                    Badge("yes", "bad") if row.drifted else "no",
                )
                for row in drift.rows
            ),
            caption="Every column",
            folded=True,
        ),
    )


def drift_of(validation: "Validation") -> DriftTable:
    """The drift table that the artifact keeps as JSON values."""
    facts = dict(validation.drift)
    facts.pop("drifted")
    rows = tuple(ColumnDrift(**row) for row in facts.pop("rows"))
    return DriftTable(rows=rows, **facts)
