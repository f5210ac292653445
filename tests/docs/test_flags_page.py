"""Every flag and every attack is explained where the documentation promises it."""

from pathlib import Path

import pytest

from garrison.attacks import evasion, urls
from garrison.attacks.evasion import flags as of_columns
from garrison.attacks.privacy import gradient_inversion, inversion
from garrison.attacks.privacy.gradient_inversion import flags as of_updates
from garrison.attacks.privacy.inversion import flags as of_classes
from garrison.attacks.urls import flags as of_urls

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("attacks.md", (*of_columns.NAMES, *evasion.ATTACKS)),
        ("url_attacks.md", (*of_urls.NAMES, *urls.ATTACKS)),
        ("image_privacy.md", (*of_updates.NAMES, *gradient_inversion.GRADIENT_INVERSIONS)),
        ("image_privacy.md", (*of_classes.NAMES, *inversion.INVERSIONS, inversion.AskedInversion.name)),
    ],
)
def test_a_row_of_a_table_explains_it(page: str, names: tuple[str, ...]) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert [name for name in names if f"| `{name}` | " not in text] == []
