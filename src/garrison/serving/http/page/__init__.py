"""The OpenAPI document as a page: made here, without scripts, and without anything from elsewhere."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from jinja2 import Template


def page(document: dict[str, Any]) -> bytes:
    """The page, as HTML in UTF-8; all text is escaped."""
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "anchor": f"{method}-{path.strip('/').replace('/', '-').replace('.', '-')}",
            "facts": facts,
            "scoped": bool(facts.get("security")),
        }
        for path, methods in document["paths"].items()
        for method, facts in methods.items()
    ]
    schemas = document.get("components", {}).get("schemas", {})
    return _template().render(document=document, operations=operations, schemas=schemas).encode()


def style() -> bytes:
    """The page's style sheet."""
    return files(__package__).joinpath("docs.css").read_bytes()


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("garrison.serving.http.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    environment.filters["kind"] = _kind
    return environment.get_template("docs.html")


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " or ".join(orjson.dumps(each).decode() for each in schema["enum"][:12])
    kind = schema.get("type", "anything")
    said = " or ".join(kind) if isinstance(kind, list) else str(kind)
    if kind == "array" and "items" in schema:
        said = f"list of {_kind(schema['items'])}"
    bounds = [f"{name[:3]} {schema[name]:,}" for name in ("minimum", "maximum") if name in schema]
    return ", ".join([said, *bounds])
