"""A schema as the content of a features file."""

from dataclasses import asdict
from typing import Any

from garrison.data.schema import OTHERS, Column, Schema


def schema_to_dict(schema: Schema) -> dict[str, Any]:
    """A schema as the content of a features file, facts that have their default left out."""
    facts: dict[str, Any] = {"name": schema.name}
    if schema.description:
        facts["description"] = schema.description
    facts["columns"] = [_column_to_dict(column) for column in schema.columns]
    if schema.label is not None:
        facts["label"] = {
            "column": schema.label.column,
            "positive": OTHERS if schema.label.positive == (OTHERS,) else list(schema.label.positive),
            "negative": list(schema.label.negative),
        }
    facts["group_by"] = schema.group_by
    if schema.time is not None:
        facts["time"] = schema.time
    if schema.report_by:
        facts["report_by"] = list(schema.report_by)
    if schema.windows is not None:
        facts["windows"] = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(schema.windows).items()
            if value
        }
    if schema.combined:
        facts["combined"] = [
            {"name": each.name, each.how: [each.left, each.right]} for each in schema.combined
        ]
    if schema.relations:
        facts["relations"] = [each.to_dict() for each in schema.relations]
    return facts


def _column_to_dict(column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": column.name, "type": column.type, "role": column.role}
    if column.allowed is not None:
        facts["allowed"] = list(column.allowed)
    for key in ("minimum", "maximum"):
        if getattr(column, key) is not None:
            facts[key] = getattr(column, key)
    if column.nullable and not column.optional:
        facts["nullable"] = True
    for key in ("optional", "pseudonym"):
        if getattr(column, key):
            facts[key] = True
    if column.impute != "refuse":
        facts["impute"] = column.impute
    if column.attacker is not None:
        facts["attacker"] = {
            key: value for key, value in asdict(column.attacker).items() if value is not None
        }
    if column.meaning:
        facts["meaning"] = column.meaning
    return facts
