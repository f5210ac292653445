"""Every settings file that a page shows is one that its command takes."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.errors import GarrisonError
from garrison.pipelines.ciphering.settings import load_cipher_settings
from garrison.pipelines.federating.settings import load_federated_settings
from garrison.pipelines.phishing import settings_for as phishing_settings
from garrison.pipelines.threats import settings_for as threats_settings
from garrison.pipelines.watching.settings import monitoring_settings
from garrison.serving.http import serving_settings

ROOT = Path(__file__).parents[2]
SHOWN = [
    (page.name, block)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for block in re.findall(
        r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]
READERS: tuple[Callable[[Path], object], ...] = (
    phishing_settings,
    threats_settings,
    load_federated_settings,
    load_cipher_settings,
    monitoring_settings,
    serving_settings,
)


@pytest.mark.parametrize(("page", "block"), SHOWN, ids=[page for page, _ in SHOWN])
def test_a_command_takes_the_settings_shown(page: str, block: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text(block, encoding="utf-8")
    refused = []
    for read in READERS:
        try:
            read(file)
        except GarrisonError as error:
            refused.append(str(error).splitlines()[0])
        else:
            return
    pytest.fail(f"{page}: nobody takes\n{block}\n" + "\n".join(refused))


def test_pages_show_settings() -> None:
    assert len(SHOWN) >= 5
