"""The page of poisoning and stealing names every attack and explains every flag."""

from pathlib import Path

from garrison.attacks.poisoning import ATTACKS as POISONING
from garrison.attacks.poisoning.flags import NAMES as POISONING_FLAGS
from garrison.attacks.stealing import ATTACKS as STEALING
from garrison.attacks.stealing.flags import NAMES as STEALING_FLAGS

PAGE = Path(__file__).parents[2] / "docs" / "poisoning_and_stealing.md"


def test_every_attack_and_flag_has_a_row() -> None:
    rows = {line.split("`")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")}
    assert {*POISONING, *STEALING, *POISONING_FLAGS, *STEALING_FLAGS} <= rows
