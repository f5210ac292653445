"""What people are told in place of what programs are told."""

import ast
from collections.abc import Iterator
from pathlib import Path

import garrison
from garrison.web import errors

SOURCE = Path(garrison.__file__).parent


def texts() -> Iterator[str]:
    """Every text that stands in the code, but for the table itself."""
    for path in SOURCE.rglob("*.py"):
        if path != Path(errors.__file__):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_text_with_another_wording_for_people_is_still_said_somewhere() -> None:
    assert {*errors._FOR_PEOPLE} - {*texts()} == set()
