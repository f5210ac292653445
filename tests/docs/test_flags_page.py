"""Every flag and every attack is explained where the documentation promises it."""

from pathlib import Path

import pytest

from garrison.attacks import evasion, urls
from garrison.attacks.evasion import flags as of_columns
from garrison.attacks.urls import flags as of_urls

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("attacks.md", (*of_columns.NAMES, *evasion.ATTACKS)),
        ("url_attacks.md", (*of_urls.NAMES, *urls.ATTACKS)),
    ],
)
def test_a_row_of_a_table_explains_it(page: str, names: tuple[str, ...]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in names if f"| `{name}` | " not in text] == []
