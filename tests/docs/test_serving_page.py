"""docs/serving.md lists every problem, setting and metric of the service, as the code has them."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from garrison.serving.http import ServingSettings
from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import PROBLEMS

PAGE = Path(__file__).parents[2] / "docs" / "serving.md"


def problems() -> list[str]:
    rows = [f"| {status} | `{code}` | {title} |" for code, (status, title) in PROBLEMS.items()]
    return ["| status | code | |", "| --- | --- | --- |", *rows]


def settings() -> list[str]:
    rows = []
    for name, field in ServingSettings.model_fields.items():
        assert field.default is not PydanticUndefined
        default = field.default
        shown = (
            "–"
            if default in (None, ())
            else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        rows.append(f"| `serving.{name}` | {shown} | {field.description} |")
    return ["| setting | default | meaning |", "| --- | --- | --- |", *rows]


def metrics() -> list[str]:
    rows = []
    for family in Metrics().registry.collect():
        if family.name.startswith("garrison_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            rows.append(f"| `{name}` | {family.type} | {family.documentation} |")
    return ["| metric | kind | meaning |", "| --- | --- | --- |", *rows]


@pytest.mark.parametrize("table", [problems, settings, metrics], ids=lambda table: table.__name__)
def test_the_page_lists_them_all(table: Callable[[], list[str]]) -> None:
    name = table.__name__
    between = re.compile(rf"(<!-- {name}: begin -->\n)(.*?)(<!-- {name}: end -->)", re.DOTALL)
    wanted = "\n".join(table()) + "\n"
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("GARRISON_WRITE_DOCS"):
        PAGE.write_text(between.sub(lambda match: match[1] + wanted + match[3], text), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
    found = between.search(text)
    assert found is not None
    assert found[2] == wanted, "write it anew: GARRISON_WRITE_DOCS=1 pytest tests/docs/test_serving_page.py"
