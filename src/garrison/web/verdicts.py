"""The verdicts on a file: what a page shows of them, and all of them as a CSV file."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.web.reasons import Reason
from garrison.web.uploads import Uploaded

SHOWN = 200
REFUSED_SHOWN = 50


@dataclass(frozen=True)
class Verdict:
    """One row: its number in the file, its score, whether it is flagged, and why."""

    row: int
    score: float
    malicious: bool
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class FileVerdicts:
    """Every verdict on a file, in its order; ``refused`` rows have none, and the reason beside their number.

    ``count`` is how many were refused; ``compared_with`` says what the reasons compare with, "" where there are none.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    refused: tuple[tuple[int, str], ...]
    count: int
    threshold: float
    compared_with: str

    @classmethod
    def of(
        cls,
        uploaded: Uploaded,
        scores: NDArray[np.float64],
        *,
        threshold: float,
        reasons: Mapping[int, Sequence[Reason]],
        compared_with: str,
    ) -> "FileVerdicts":
        """The verdicts of scores (n,) of the rows of a file; ``reasons`` by the place of a row, from 0."""
        verdicts = tuple(
            Verdict(row, score, score >= threshold, tuple(reasons.get(place, ())))
            for place, (row, score) in enumerate(zip(uploaded.rows.tolist(), scores.tolist(), strict=True))
        )
        return cls(uploaded.name, verdicts, uploaded.refused, uploaded.count, threshold, compared_with)

    @property
    def flagged(self) -> int:
        """How many rows are flagged."""
        return sum(each.malicious for each in self.verdicts)

    @property
    def shown(self) -> tuple[Verdict, ...]:
        """What a page shows: the highest scores first."""
        return tuple(sorted(self.verdicts, key=lambda each: -each.score)[:SHOWN])

    @property
    def refused_shown(self) -> tuple[tuple[int, str], ...]:
        """The refused rows that a page shows."""
        return self.refused[:REFUSED_SHOWN]

    def to_csv(self) -> bytes:
        """All verdicts, and the refused rows that are known one by one, in the order of the file."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["row", "score", "malicious", "reasons", "refused"])
        lines: list[tuple[int, list[str]]] = [
            (
                each.row,
                [
                    f"{each.score:.6f}",
                    "true" if each.malicious else "false",
                    plain("; ".join(map(str, each.reasons))),
                    "",
                ],
            )
            for each in self.verdicts
        ]
        lines += [(row, ["", "", "", plain(reason)]) for row, reason in self.refused]
        for row, cells in sorted(lines, key=lambda line: line[0]):
            writer.writerow([row, *cells])
        return out.getvalue().encode()


def plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> plain("=1+1"), plain("port: not an integer")
    ("'=1+1", 'port: not an integer')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
