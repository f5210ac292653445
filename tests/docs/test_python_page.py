"""docs/python.md lists every public name of every room, as the code has them: a name that goes or comes is noticed."""

import ast
import importlib
import inspect
import itertools
import os
import pkgutil
import re
from pathlib import Path

import garrison

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BETWEEN = re.compile(r"(<!-- names: begin -->\n)(.*?)(<!-- names: end -->)", re.DOTALL)


def rooms() -> list[str]:
    """The package itself and its rooms that name what is public."""
    found = ["garrison"]
    for module in pkgutil.iter_modules(garrison.__path__, "garrison."):
        if module.ispkg and getattr(importlib.import_module(module.name), "__all__", None):
            found.append(module.name)
    return found


def comments_of(room: str) -> dict[str, str]:
    """The line of text under each constant that is assigned in a module of the room."""
    found = {}
    for file in sorted(Path(str(importlib.import_module(room).__file__)).parent.rglob("*.py")):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for one, following in itertools.pairwise(body):
            names = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
            said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            for name in names:
                if said and isinstance(name, ast.Name):
                    found[name.id] = str(following.value.value)  # type: ignore[attr-defined]
    return found


def what(value: object, name: str, comments: dict[str, str]) -> str:
    """The first sentence that is said of a name."""
    if isinstance(value, str) and name.startswith("__"):
        return f"`{name.strip('_')}` of the package"
    said = inspect.getdoc(value) if inspect.isclass(value) or inspect.isroutine(value) else comments.get(name)
    return " ".join((said or "").split("\n\n")[0].split()).replace("|", "\\|")


def table(room: str) -> str:
    """The names of a room in a table."""
    module, comments = importlib.import_module(room), comments_of(room)
    lines = [f"## {room}", "", (module.__doc__ or "").split("\n\n")[0].replace("\n", " "), ""]
    lines += ["| name | what it is |", "| --- | --- |"]
    lines += [
        f"| `{name}` | {what(getattr(module, name), name, comments)} |" for name in sorted(module.__all__)
    ]
    return "\n".join(lines) + "\n"


def tables() -> str:
    return "\n".join(table(room) for room in rooms())


def test_the_page_lists_every_public_name() -> None:
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("GARRISON_WRITE_DOCS"):
        PAGE.write_text(BETWEEN.sub(lambda match: match[1] + tables() + match[3], text), encoding="utf-8")
        text = PAGE.read_text(encoding="utf-8")
    found = BETWEEN.search(text)
    assert found is not None
    assert found[2] == tables(), (
        "write it anew with GARRISON_WRITE_DOCS=1 pytest tests/docs/test_python_page.py"
    )


def test_every_public_name_says_what_it_is() -> None:
    silent = []
    for room in rooms():
        module, comments = importlib.import_module(room), comments_of(room)
        silent += [
            f"{room}.{name}" for name in module.__all__ if not what(getattr(module, name), name, comments)
        ]
    assert silent == []
