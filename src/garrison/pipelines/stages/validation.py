"""Stage 2, validation: do the data hold what the features file says, and does new look like reference?"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from numpy.typing import NDArray

from garrison.data.quarantine import Quarantine
from garrison.data.raw import check_given
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.splits import group_ids
from garrison.errors import CheckFailed
from garrison.evaluation.drift import DriftTable, Kind, drift_table
from garrison.files import atomic_file
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.reports.validation import validation_report
from garrison.pipelines.settings import ValidationSettings
from garrison.pipelines.stages.addresses import workspace_pseudonyms
from garrison.pipelines.stages.ingestion import Ingestion

SPLITS = {"official": "that of the data's authors", "time": "by time"}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool
    found: str
    expected: str


@dataclass(frozen=True)
class Validation(Artifact):
    """The checks and the drift table; also written as ``validation.yml`` and ``validation.html``."""

    passed: bool
    checks: list[dict[str, Any]]
    drift: dict[str, Any]
    reference: str


def validate_events(
    settings: ValidationSettings, ingestion: Ingestion, out: Path, *, schema: Schema, workspace: Path
) -> Validation:
    """Check the feature store and write what was found as YAML and as a page; see `stop_if_failed`.

    Addresses in a reference file are replaced under the key of ``workspace``; rows of it that are not what the schema
    says are kept in ``reference_refused.jsonl``.
    """
    train, test = ingestion.table("train"), ingestion.table("test")
    if settings.reference is None:
        reference, current, named = train, test, "training part against test part"
    else:
        check_given(Path(settings.reference))
        source = open_source(Path(settings.reference), schema=schema)
        if source.needs_pseudonyms:
            source.pseudonyms = workspace_pseudonyms(workspace)
        with Quarantine(out / "reference_refused.jsonl") as quarantine:
            reference = pa.Table.from_batches(list(source.read(quarantine)))
        current, named = pa.concat_tables([train, test]), f"{source.name} against all rows"
    drift = _drift(settings, reference, current, schema)
    checks = list(_checks(settings, ingestion, pa.concat_tables([train, test]), schema, drift))
    validation = Validation(
        folder=out,
        passed=all(check.passed for check in checks),
        checks=[asdict(check) for check in checks],
        drift=drift.to_dict(),
        reference=named,
    )
    with atomic_file(out / "validation.yml") as temporary:
        temporary.write_text(yaml.safe_dump(_plain(validation.facts()), sort_keys=False), encoding="utf-8")
    validation_report(validation, ingestion, path=out / "validation.html")
    return validation


def stop_if_failed(settings: ValidationSettings, validation: Validation) -> None:
    """Raise ``CheckFailed`` (exit code 3) if a check failed, unless the settings say to continue."""
    failed = [check for check in validation.checks if not check["passed"]]
    if failed and settings.on_failure == "stop":
        raise CheckFailed(
            "; ".join(f"{check['name']}: {check['found']}" for check in failed),
            where=str(validation.folder / "validation.html"),
            expected="; ".join(f"{check['name']}: {check['expected']}" for check in failed),
            remedy="mend the data, or go on with --set validation.on_failure=continue",
        )


def _checks(
    settings: ValidationSettings, ingestion: Ingestion, table: pa.Table, schema: Schema, drift: DriftTable
) -> Iterator[Check]:
    used = schema.kept()
    there = [column.name for column in used if column.name in table.column_names]
    yield Check(
        "columns",
        len(there) == len(used),
        f"{len(there)} columns, all of them named in the features file",
        f"{len(used)} columns",
    )
    numeric = [column.name for column in used if column.type in {"integer", "number"}]
    missing = [name for name in numeric if name not in table.column_names]
    yield Check("numeric columns", not missing, f"{len(numeric) - len(missing)} present", f"{len(numeric)}")
    yield Check(
        "rows",
        table.num_rows >= settings.least_rows,
        f"{table.num_rows:,}",
        f"at least {settings.least_rows:,}",
    )
    share = ingestion.refused / (ingestion.rows + ingestion.refused)
    yield Check(
        "types and allowed values",
        share <= settings.most_refused,
        f"{ingestion.refused:,} rows refused ({share:.2%})",
        f"at most {settings.most_refused:.2%} of the rows",
    )
    for name in schema.feature_names:
        empty = table.column(name).null_count / table.num_rows
        if empty > settings.most_missing and not schema.column(name).optional:
            yield Check(
                f"missing values in {name}", False, f"{empty:.1%}", f"at most {settings.most_missing:.1%}"
            )
    groups = group_ids(table, schema)
    split = len(np.intersect1d(groups[: ingestion.train_rows], groups[ingestion.train_rows :]))
    kept_apart = ingestion.split != "groups"
    yield Check(
        "groups kept together",
        kept_apart or not split,
        f"{split:,} groups on both sides of the split; "
        f"{ingestion.hygiene['duplicate_rows']:,} rows repeat an earlier one",
        f"nothing: the split is {SPLITS[ingestion.split]}"
        if kept_apart
        else f"every group on one side only (group_by: {schema.group_by})",
    )
    drifted = [row.name for row in drift.rows if row.drifted]
    yield Check(
        "drift",
        not drift.drifted or not settings.drift.fails,
        f"{len(drifted)} of {len(drift.rows)} columns differ"
        + (f": {', '.join(drifted)}" if drifted else ""),
        f"none at {settings.drift.alpha:g} after {settings.drift.correction} correction",
    )


def _drift(
    settings: ValidationSettings, reference: pa.Table, current: pa.Table, schema: Schema
) -> DriftTable:
    kinds: dict[str, Kind] = {name: kind for name in schema.feature_names if (kind := _kind(schema, name))}
    return drift_table(
        {name: _values(reference.column(name), kind) for name, kind in kinds.items()},
        {name: _values(current.column(name), kind) for name, kind in kinds.items()},
        kinds,
        alpha=settings.drift.alpha,
        correction=settings.drift.correction,
        least_effect=settings.drift.least_effect,
    )


def _kind(schema: Schema, name: str) -> Kind | None:
    """A column with listed values is compared by its categories, a number by its distribution; free text is not."""
    column = schema.column(name)
    if column.allowed is not None or column.type == "boolean":
        return "category"
    return "numeric" if column.type in {"integer", "number"} else None


def _values(column: pa.ChunkedArray, kind: Kind) -> NDArray[Any]:
    if kind == "category":
        return np.array(column.to_pylist(), dtype=object)
    return np.asarray(column.cast(pa.float64()).to_numpy())


def _plain(value: Any) -> Any:
    """Tuples become lists, so that YAML stays readable by every reader."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
