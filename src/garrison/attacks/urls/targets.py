"""The URLs that are attacked: malicious ones that a detector flags, and the benign ones its attacker has seen."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.urls.accepted import ascii_host, flaw_of
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.material import Material
from garrison.attacks.urls.ownership import registrable
from garrison.detection import Detector
from garrison.errors import DataError, ModelError, SchemaError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEEN = 4_000
"""Benign URLs at most that an attacker takes pieces of."""


def url_column(detector: Detector) -> str | None:
    """The column of URLs that a detector reads and nothing else; None for any other detector."""
    if detector.processor.kind != "url" or len(detector.schema.features) != 1:
        return None
    return detector.schema.features[0].name


@dataclass(frozen=True)
class UrlTargets:
    """Malicious ``urls``, their ``scores``, shape (n,), and which of them are ``broken``: none that a browser follows.

    ``numbers`` are their places among all rows that were given, from 1. ``others`` are the registrable domains of all
    benign URLs, which are nobody's to take; ``material`` is what some of them are made of.
    """

    detector: Detector
    urls: tuple[str, ...]
    scores: Floats
    broken: Bools
    numbers: NDArray[np.intp]
    malicious: int
    others: frozenset[str]
    material: Material

    @classmethod
    def of(
        cls, detector: Detector, table: pa.Table, *, rows: int | None = 200, seed: int = 0
    ) -> "UrlTargets":
        """Draw ``rows`` malicious URLs of ``table`` (None: all), which has labels.

        Raises ``ModelError`` for a detector that does not read URLs, ``SchemaError`` when columns, values or labels are
        not what its schema says or all rows are of one class, and ``DataError`` for less than one row.
        """
        column, schema = url_column(detector), detector.schema
        if column is None:
            raise ModelError(
                "the detector reads no URLs", expected="one that was trained with the processor 'url'"
            )
        if rows is not None and rows < 1:
            raise DataError(f"{rows} rows are to be attacked", expected="1 or more")
        validated = schema.validate(table)
        if validated.refused.num_rows:
            first = validated.refused.slice(0, 1).to_pylist()[0]
            raise SchemaError(
                f"{validated.refused.num_rows:,} row(s) cannot be attacked",
                where=f"row {first['row']}, column {first['column']}",
                expected=f"what the schema {schema.name!r} says; the value there is {first['reason']}",
                remedy="leave these rows out first",
            )
        y = schema.labels(validated.table)
        every = [text or "" for text in validated.table.column(column).to_pylist()]
        draw = np.random.default_rng([seed, 1])
        order = draw.permutation(np.flatnonzero(y))
        chosen = np.sort(order if rows is None else order[:rows])
        urls = tuple(every[place] for place in chosen)
        benign = np.flatnonzero(~y)
        seen = np.sort(draw.permutation(benign)[:SEEN])
        return cls(
            detector=detector,
            urls=urls,
            scores=detector.score(pa.table({column: pa.array(urls, pa.string())})),
            broken=np.array([bool(flaw_of(url)) for url in urls]),
            numbers=chosen + 1,
            malicious=int(y.sum()),
            others=_domains([every[place] for place in benign]),
            material=Material.of([every[place] for place in seen]),
        )

    @cached_property
    def flagged(self) -> Bools:
        """Which of them the detector flags, shape (n,)."""
        return np.asarray(self.scores >= self.detector.threshold.value)

    def part(self, start: int, stop: int) -> "UrlTargets":
        """The URLs from ``start`` up to ``stop``; everything else stays."""
        here = slice(start, stop)
        return replace(
            self,
            urls=self.urls[here],
            scores=self.scores[here],
            broken=self.broken[here],
            numbers=self.numbers[here],
        )

    def __len__(self) -> int:
        return len(self.urls)


def _domains(urls: list[str]) -> frozenset[str]:
    hosts = {Draft.of(url).host for url in dict.fromkeys(urls) if not flaw_of(url)}
    found = {registrable(ascii_host(host) or host)[0] for host in hosts}
    return frozenset(found - {""})
