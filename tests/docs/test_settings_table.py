"""docs/configuration.md lists every setting, its type, default and meaning, as the code has them."""

import os
import re
from pathlib import Path

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from garrison.pipelines.settings import DetectionSettings

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
BETWEEN = re.compile(r"(<!-- settings: begin -->\n)(.*?)(<!-- settings: end -->)", re.DOTALL)


def rows(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += rows(kind, f"{prefix}{name}.")
            continue
        default = (
            "required"
            if field.default is PydanticUndefined and not field.default_factory
            else field.get_default(call_default_factory=True)
        )
        shown = (
            "–"
            if default in (None, (), {})
            else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        )
        found.append(f"| `{prefix}{name}` | {shown} | {field.description or ''} |")
    return found


def table() -> str:
    return (
        "\n".join(["| setting | default | meaning |", "| --- | --- | --- |", *rows(DetectionSettings)]) + "\n"
    )


def test_configuration_page_lists_every_setting() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("GARRISON_WRITE_DOCS"):
        PAGE.write_text(BETWEEN.sub(lambda match: match[1] + table() + match[3], text), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
    found = BETWEEN.search(text)
    assert found is not None
    assert found[2] == table(), (
        "write it anew with GARRISON_WRITE_DOCS=1 pytest tests/docs/test_settings_table.py"
    )


def test_every_setting_says_what_it_means() -> None:
    assert [row for row in rows(DetectionSettings) if row.endswith("|  |")] == []
