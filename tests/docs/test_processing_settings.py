"""docs/processing.md lists every setting of `garrison process`, with its default and meaning."""

from pathlib import Path

from garrison.pipelines.processing_settings import ProcessingSettings

PAGE = Path(__file__).parents[2] / "docs" / "processing.md"


def test_processing_page_lists_every_setting() -> None:
    expected = []
    for name, field in ProcessingSettings.model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        shown = "–" if default in (None, ()) else f"`{default}`"
        expected.append(f"| `{name}` | {shown} | {field.description} |")
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line in expected] == expected
