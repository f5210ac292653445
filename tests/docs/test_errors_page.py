"""docs/errors.md lists every error and its exit code, as the code has them."""

import re
from pathlib import Path

from garrison import errors

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_every_error_is_listed_with_its_exit_code() -> None:
    listed = {
        (name, int(match[1]))
        for match in re.finditer(r"^\| (\d+) \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", match[2])
    }
    kinds = {
        (name, kind.exit_code)
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.GarrisonError)
    }
    assert listed == kinds


def test_tree_in_the_docstring_names_every_error() -> None:
    drawn = dict(re.findall(r"(\w+) +(\d+) ", errors.__doc__ or ""))
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.GarrisonError):
            assert drawn.get(name) == str(kind.exit_code), name
