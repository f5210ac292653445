"""Arithmetic over columns, as a features file writes it: numbers, names, ``+ - * /`` and brackets, and nothing else.

The text is taken apart by Python's own parser and never run. A division by zero has no value (NaN), and whatever is
made of it has none either.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from garrison.errors import SchemaError

Floats = NDArray[np.float64]
Span = tuple[Floats, Floats]
"""The least and the largest that something can be, each of shape (n,)."""

LONGEST = 300
"""Characters that an expression may have."""
DEEPEST = 20
"""How deep its brackets may go."""

_WAYS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True)
class Arithmetic:
    """An expression: a number, the name of a column, or two expressions and what is done with them.

    >>> rate = Arithmetic.read("(spkts + dpkts - 1) / dur")
    >>> rate.names
    ('spkts', 'dpkts', 'dur')
    >>> rate.values({"spkts": np.array([2.0, 2.0]), "dpkts": np.array([1.0, 1.0]), "dur": np.array([0.5, 0.0])})
    array([ 4., nan])
    """

    way: str
    number: float = 0.0
    name: str = ""
    left: "Arithmetic | None" = None
    right: "Arithmetic | None" = None

    @classmethod
    def read(cls, text: str, *, where: str = "") -> "Arithmetic":
        """The expression that ``text`` writes; ``SchemaError`` names what is not arithmetic in it."""
        if len(text) > LONGEST:
            raise SchemaError(
                "an expression is too long", where=where, expected=f"at most {LONGEST} characters"
            )
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _no_arithmetic(text, "it cannot be read", where) from error
        return cls._of(tree, text, where, DEEPEST)

    @classmethod
    def _of(cls, node: ast.AST, text: str, where: str, depth: int) -> "Arithmetic":
        if not depth:
            raise _no_arithmetic(text, "its brackets go too deep", where)
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value is not True:
            try:
                number = float(node.value)
            except OverflowError:
                number = np.inf
            if not np.isfinite(number) or node.value is False:
                raise _no_arithmetic(text, "it has something that is no finite number", where)
            return cls("number", number=number)
        if isinstance(node, ast.Name):
            return cls("name", name=node.id)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return cls("-", left=cls("number"), right=cls._of(node.operand, text, where, depth - 1))
        if isinstance(node, ast.BinOp) and type(node.op) in _WAYS:
            left, right = (cls._of(side, text, where, depth - 1) for side in (node.left, node.right))
            return cls(_WAYS[type(node.op)], left=left, right=right)
        raise _no_arithmetic(text, f"{ast.unparse(node)!r}"[:100] + " is neither a number nor a name", where)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns it is made of, each once."""
        if self.left is None or self.right is None:
            return (self.name,) if self.way == "name" else ()
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def values(self, columns: Mapping[str, Floats]) -> Floats:
        """Its value in each row, shape (n,), of columns of shape (n,); NaN where there is none."""
        with np.errstate(all="ignore"):
            found = self._values(columns)
        return np.where(np.isfinite(found), found, np.nan)

    def _values(self, columns: Mapping[str, Floats]) -> Floats:
        if self.left is None or self.right is None:
            return columns[self.name] if self.way == "name" else np.float64(self.number)  # type: ignore[return-value]
        return _DONE[self.way](self.left._values(columns), self.right._values(columns))

    def span(self, spans: Mapping[str, Span]) -> Span:
        """The least and the largest it can be where each column lies within its span; never narrower than the truth.

        >>> Arithmetic.read("a / b").span({"a": (np.array([1.0]), np.array([4.0])),
        ...                                "b": (np.array([2.0]), np.array([4.0]))})
        (array([0.25]), array([2.]))
        """
        with np.errstate(all="ignore"):
            return self._span(spans)

    def _span(self, spans: Mapping[str, Span]) -> Span:
        if self.left is None or self.right is None:
            if self.way == "name":
                return spans[self.name]
            return np.array([self.number]), np.array([self.number])
        (low, high), (least, most) = self.left._span(spans), self.right._span(spans)
        if self.way == "+":
            return low + least, high + most
        if self.way == "-":
            return low - most, high - least
        corners = np.broadcast_arrays(*(_DONE[self.way](a, b) for a in (low, high) for b in (least, most)))
        below, above = np.min(corners, axis=0), np.max(corners, axis=0)
        unknown = ~np.isfinite(below) | ~np.isfinite(above)
        if self.way == "/":
            unknown |= (least <= 0) & (most >= 0)
        return np.where(unknown, -np.inf, below), np.where(unknown, np.inf, above)


_DONE: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


def _no_arithmetic(text: str, why: str, where: str) -> SchemaError:
    return SchemaError(
        f"{text!r} is no arithmetic: {why}"[:300],
        where=where,
        expected="names of columns, numbers, + - * / and brackets, as (spkts + dpkts - 1) / dur",
    )
