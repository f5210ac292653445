"""Where a detector's operating point is placed: a rule, read at the edge and applied to out-of-fold scores."""

import re
from dataclasses import dataclass
from typing import Literal

from numpy.typing import ArrayLike

from garrison.errors import SettingsError
from garrison.evaluation import metric, threshold_at_fpr, threshold_for

UNKNOWN = "unknown-attacks"
_PERCENT = re.compile(r"(?:fpr\s*=\s*)?([0-9]*\.?[0-9]+)\s*%")


@dataclass(frozen=True)
class ThresholdRule:
    """``fpr=SHARE`` (few false alarms), a metric to make best (``f1``), a number from 0 to 1, or ``unknown-attacks``.

    The last one is placed on the scores of attacks that were held out of training, see
    ``detection.unknown_attacks``; the others on out-of-fold scores.

    >>> ThresholdRule.read("fpr=0.01")
    ThresholdRule(kind='fpr', value=0.01, metric='')
    >>> ThresholdRule.read("f1").place([False, False, True, True], [0.1, 0.4, 0.6, 0.8])
    0.5
    """

    kind: Literal["fpr", "metric", "number", "unknown"]
    value: float = 0.0
    metric: str = ""

    @classmethod
    def read(cls, text: str) -> "ThresholdRule":
        """The rule in ``text``; ``SettingsError`` when it is none, or names a metric that knows no threshold."""
        if text == UNKNOWN:
            return cls("unknown")
        kind, _, value = text.partition("=")
        number = _number(value if kind == "fpr" else text)
        if kind == "fpr" and number is not None and 0 < number < 1:
            return cls("fpr", number)
        if kind != "fpr" and number is not None and 0 <= number <= 1:
            return cls("number", number)
        share = _PERCENT.fullmatch(text)
        if kind == "fpr" or number is not None or share:
            percent = float(share[1]) if share else 0.0
            raise SettingsError(
                f"{text!r} is no operating point",
                expected=f"fpr=0.01, a metric such as f1, a number from 0 to 1, or {UNKNOWN}",
                remedy=f"a share is written as a number: fpr={percent / 100:g}" if 0 < percent < 100 else "",
            )
        threshold_for([False, True], [0.25, 0.75], metric(text))
        return cls("metric", metric=text)

    def place(self, y: ArrayLike, scores: ArrayLike) -> float:
        """The threshold for these labels, bool (n,), and scores in [0, 1], (n,)."""
        if self.kind == "fpr":
            return threshold_at_fpr(y, scores, self.value)
        if self.kind == "number":
            return self.value
        if self.kind == "unknown":
            raise SettingsError(
                "the threshold for unknown attacks is not placed on out-of-fold scores",
                expected="rows whose attacks have names, two kinds or more",
                remedy="name the column of the attack in the features file (role attack), or choose another rule "
                "(training.threshold=fpr=0.01)",
            )
        return threshold_for(y, scores, metric(self.metric))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
