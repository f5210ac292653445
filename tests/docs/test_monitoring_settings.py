"""docs/monitoring.md lists every setting of `garrison monitor`, of every kind of rule and sink."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from garrison.monitoring.alerts import MonitoringSettings
from garrison.monitoring.alerts.rules import AnyRule
from garrison.monitoring.alerts.sinks import AnySink
from garrison.monitoring.drift import FLOORS, TITLES
from garrison.monitoring.streaming import STREAM_TESTS

PAGE = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")


def rows(model: type[BaseModel], prefix: str) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += rows(kind, f"{prefix}{name}.")
            continue
        if name == "kind":
            continue
        default = "required" if field.default is PydanticUndefined else field.default
        shown = (
            "–"
            if default in (None, (), {}, "")
            else default
            if default == "required"
            else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        found.append(f"| `{prefix}{name}` | {shown} | {field.description} |")
    return found


def expected() -> list[str]:
    found = rows(MonitoringSettings, "")
    for union in (AnyRule, AnySink):
        for kind in get_args(get_args(union)[0]):
            found += rows(kind, f"{kind.model_fields['kind'].default}: ")
    return found


def test_monitoring_page_lists_every_setting() -> None:
    wanted = expected()
    there = [line for line in PAGE.splitlines() if line in wanted]
    assert there == wanted, "the table should be\n" + "\n".join(wanted)


@pytest.mark.parametrize("name", [*TITLES.values(), *STREAM_TESTS])
def test_every_statistic_and_test_is_on_the_page(name: str) -> None:
    assert name.lower() in PAGE.lower()
    assert FLOORS.keys() == TITLES.keys()
