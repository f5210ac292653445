"""Raw URLs as numbers, from their text alone.

The lexical features follow Mamun, Rathore, Lashkari, Stakhanova and Ghorbani, "Detecting Malicious URLs
Using Lexical Analysis" (NSS 2016): lengths, counts, tokens, entropy and words of the host, the path and the
query. Hashed character n-grams of what follows the host can be added. Nothing is resolved, and nothing is
opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.errors import ModelError, SchemaError
from garrison.features.byte_runs import Texts
from garrison.features.processor import fitted_or_error
from garrison.features.url_lexical import clean, lexical_features, lexical_names, tail_of

Floats = NDArray[np.float64]

_BATCH = 8_192
NGRAM_SIZE = 3


@dataclass(frozen=True)
class UrlProcessor:
    """A text column of URLs to (n, d) float64, every number finite, whatever the text.

    ``buckets`` is how many columns hashed character n-grams get; 0 leaves them out. Nothing is learned from
    the rows but which column holds the URLs, so that a URL's numbers are the same whatever it was fitted
    to.

    >>> schema = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}]})
    >>> fitted = UrlProcessor(buckets=0).fit(pa.table({"url": ["http://example.com/"]}), schema)
    >>> row = fitted.transform(pa.table({"url": ["http://paypal.example.tk/secure/login.php?id=1"]}))[0]
    >>> facts = dict(zip(fitted.names, row.tolist()))
    >>> facts["brand_in_subdomain"], facts["suffix_is_cheap"], facts["tail_credential_words"]
    (1.0, 1.0, 1.0)
    """

    kind: ClassVar[str] = "url"

    buckets: int = 128
    column: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns ``transform`` gives."""
        grams = tuple(f"ngram_{bucket:03d}" for bucket in range(self.buckets))
        return lexical_names() + grams

    def fit(self, table: pa.Table, schema: Schema) -> "UrlProcessor":
        """A processor that reads the one text column among the schema's features; ``SchemaError`` if there
        is not one."""
        if [column.type for column in schema.features] != ["string"]:
            raise SchemaError(
                "the URL processor needs a schema with one feature, a string",
                where=f"schema {schema.name!r}",
                expected="one feature column of type string",
            )
        fitted = UrlProcessor(self.buckets, schema.feature_names[0])
        fitted._texts(table)
        return fitted

    def transform(self, table: pa.Table) -> Floats:
        """The URLs of ``table`` as numbers, shape (n, d); a missing URL is read as the empty text.

        ``SchemaError`` when the column is not there or is no text.
        """
        texts = self._texts(table)
        parts = [self.of_texts(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.names)))

    def to_dict(self) -> dict[str, Any]:
        """The processor as JSON values."""
        return {"kind": self.kind, "format": 1, "buckets": self.buckets, "column": self.column}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "UrlProcessor":
        """The processor that ``to_dict`` described; ``ModelError`` when its format is not known."""
        buckets, column = facts["buckets"], facts["column"]
        if facts["format"] != 1 or type(buckets) is not int or not 0 <= buckets <= 1 << 16:
            raise ModelError("the processor was saved in a format that is not known", expected="format 1")
        return cls(buckets, str(column))

    def _texts(self, table: pa.Table) -> list[str]:
        column = fitted_or_error(self.column or None)
        if table.column_names.count(column) != 1:
            raise SchemaError(
                f"the column {column!r} is missing or there twice",
                expected=f"one column {column!r} with URLs",
                remedy="validate the table by the schema first",
            )
        values = table.column(column)
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            raise SchemaError(f"column {column!r} is of type {values.type}", expected="string")
        return [text or "" for text in values.to_pylist()]

    def of_texts(self, texts: list[str]) -> Floats:
        """The numbers of these URLs, shape (n, d); what ``transform`` does, without a table around them."""
        parts = [clean(text) for text in texts]
        values = lexical_features(parts)
        if not self.buckets:
            return values
        grams = Texts([tail_of(part) for part in parts]).hashed_ngrams(size=NGRAM_SIZE, buckets=self.buckets)
        return np.concatenate([values, grams], axis=1)
