"""Every figure that a scorecard can hold and a gate can bound, by name: what measures it, and which way is better.

A name may carry one parameter: ``evasion.detection@cost=2`` is measured at a cost of 2. The metrics of
``garrison.evaluation`` are figures by their own names.
"""

import difflib
import math
import re
from dataclasses import dataclass
from typing import Literal

from garrison.errors import SettingsError
from garrison.evaluation import METRICS, metric, metric_title

Better = Literal["higher", "lower"]

QUALITY, CALIBRATION, HYGIENE, UNKNOWN = "quality", "calibration", "hygiene", "unknown_attacks"
EVASION, LEAKAGE, DRIFT, SPEED = "evasion", "leakage", "drift", "speed"
ENCRYPTED = "encrypted"
PART_NAMES = (QUALITY, CALIBRATION, HYGIENE, UNKNOWN, EVASION, LEAKAGE, DRIFT, SPEED, ENCRYPTED)
"""The parts of a scorecard, in the order in which they are measured and shown."""

CALIBRATIONS = ("ece", "brier", "log_loss")


@dataclass(frozen=True)
class FigureKind:
    """A figure, for any value of its ``parameter`` (None: it has none) above ``least`` and below ``most``.

    ``{at}`` in its title stands for that value. It lies between 0 and ``top``.
    """

    name: str
    title: str
    part: str
    better: Better
    unit: str = ""
    top: float = 1.0
    parameter: str | None = None
    least: float = 0.0
    most: float = math.inf
    usual: tuple[float, ...] = ()
    """The values of the parameter at which it is told unasked."""

    def at(self, value: float) -> str:
        """The name at a value of the parameter."""
        return f"{self.name}@{self.parameter}={value:g}"


KINDS: dict[str, FigureKind] = {
    kind.name: kind
    for kind in (
        FigureKind(
            "hygiene.caveats", "reasons to read the figures with care", HYGIENE, "lower", top=math.inf
        ),
        FigureKind("hygiene.seen_rows", "share of these events that equal a training row", HYGIENE, "lower"),
        FigureKind(
            "unknown_attacks.recall",
            "attacks of a kind never seen, on average, at {at} false alarms",
            UNKNOWN,
            "higher",
            parameter="fpr",
            most=1.0,
            usual=(0.01,),
        ),
        FigureKind(
            "unknown_attacks.worst",
            "attacks of the kind found worst when never seen, at {at} false alarms",
            UNKNOWN,
            "higher",
            parameter="fpr",
            most=1.0,
            usual=(0.01,),
        ),
        FigureKind(
            "evasion.detection",
            "malicious events still detected at a cost of {at}",
            EVASION,
            "higher",
            parameter="cost",
            usual=(0.5, 1.0, 2.0),
        ),
        FigureKind("membership.auc", "training rows told from others, AUC", LEAKAGE, "lower"),
        FigureKind(
            "membership.balanced_accuracy",
            "training rows told from others, balanced accuracy",
            LEAKAGE,
            "lower",
        ),
        FigureKind(
            "membership.tpr",
            "training rows told from others at {at} false accusations",
            LEAKAGE,
            "lower",
            parameter="fpr",
            most=1.0,
            usual=(0.001, 0.01),
        ),
        FigureKind(
            "attribute.advantage",
            "an unknown attribute guessed better with the model than without",
            LEAKAGE,
            "lower",
        ),
        FigureKind(
            "membership.update_auc", "a party's records told from others by its update, AUC", LEAKAGE, "lower"
        ),
        FigureKind(
            "inversion.recognised",
            "classes whose inverted image is recognised as the class",
            LEAKAGE,
            "lower",
        ),
        FigureKind(
            "updates.identified",
            "images of a party identified from its update, of batches of {at}",
            LEAKAGE,
            "lower",
            parameter="images",
            usual=(1.0, 8.0),
        ),
        FigureKind("drift.columns", "columns that drifted since training", DRIFT, "lower", top=math.inf),
        FigureKind(
            "drift.recall",
            "recall with the worst column shifted by {at} standard deviations",
            DRIFT,
            "higher",
            parameter="shift",
            usual=(1.0,),
        ),
        FigureKind(
            "drift.fpr",
            "false alarms with the worst column shifted by {at} standard deviations",
            DRIFT,
            "lower",
            parameter="shift",
            usual=(1.0,),
        ),
        FigureKind("latency.p50_ms", "one event, median", SPEED, "lower", "ms", top=math.inf),
        FigureKind("latency.p99_ms", "one event, 99 of 100 within", SPEED, "lower", "ms", top=math.inf),
        FigureKind(
            "throughput.rows_per_s", "rows a second, as a batch", SPEED, "higher", "rows/s", top=math.inf
        ),
        FigureKind("load.s", "loading it, digests and all", SPEED, "lower", "s", top=math.inf),
        FigureKind("size.mb", "the saved detector", SPEED, "lower", "MB", top=math.inf),
        FigureKind(
            "encrypted.agreement", "verdicts that are the same on encrypted events", ENCRYPTED, "higher"
        ),
        FigureKind(
            "encrypted.score_gap", "largest distance of a score from its encrypted one", ENCRYPTED, "lower"
        ),
        FigureKind(
            "encrypted.latency_ms",
            "one encrypted event, at the server",
            ENCRYPTED,
            "lower",
            "ms",
            top=math.inf,
        ),
        FigureKind(
            "encrypted.row_ms",
            "an encrypted event of many, at the server",
            ENCRYPTED,
            "lower",
            "ms",
            top=math.inf,
        ),
    )
}

_NAME = re.compile(r"(?P<name>[a-z_0-9.]+)(?:@(?P<parameter>[a-z]+)=(?P<value>\d*\.?\d+(?:e-?\d+)?))?")


@dataclass(frozen=True)
class FigureName:
    """A figure: its name as everything writes it, the part that measures it, its title, and its parameter's value."""

    text: str
    part: str
    title: str
    better: Better
    unit: str = ""
    top: float = 1.0
    kind: str = ""
    at: float | None = None


def figure_name(text: str) -> FigureName:
    """What a name stands for; ``SettingsError`` with the nearest known name where it stands for nothing.

    >>> found = figure_name("evasion.detection@cost=2")
    >>> found.part, found.better, found.at
    ('evasion', 'higher', 2.0)
    >>> figure_name("recall@fpr=0.01").part
    'quality'
    """
    found = _NAME.fullmatch(text)
    kind = KINDS.get(found["name"]) if found else None
    if found is None or kind is None:
        return _metric_name(text)
    if kind.parameter is None:
        if found["parameter"] is not None:
            raise SettingsError(f"{kind.name} has no parameter", where=text, expected=kind.name)
        return FigureName(text, kind.part, kind.title, kind.better, kind.unit, kind.top, kind.name)
    value = float(found["value"]) if found["parameter"] == kind.parameter else math.nan
    if not kind.least < value < kind.most:
        bounds = f"above {kind.least:g}" + (f" and below {kind.most:g}" if math.isfinite(kind.most) else "")
        raise SettingsError(
            f"{text!r} does not say at which {kind.parameter} {kind.name} is measured",
            expected=f"{kind.name}@{kind.parameter}=NUMBER, the number {bounds}",
            remedy=f"such as {kind.at(kind.usual[0])}",
        )
    told = f"{100 * value:g} %" if kind.parameter == "fpr" else f"{value:g}"
    title = kind.title.format(at=told)
    return FigureName(kind.at(value), kind.part, title, kind.better, kind.unit, kind.top, kind.name, value)


def known_names() -> tuple[str, ...]:
    """Every name, with a usual value for each parameter."""
    scored = (kind.at(kind.usual[0]) if kind.parameter else kind.name for kind in KINDS.values())
    return (*METRICS, "recall@fpr=0.01", *scored)


def _metric_name(text: str) -> FigureName:
    try:
        known = metric(text)
    except SettingsError:
        names = known_names()
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.5)
        raise SettingsError(
            f"nothing that is measured is called {text!r}",
            expected="one of " + ", ".join(names),
            remedy=f"did you mean {near[0]}?" if near else "choose one of those names",
        ) from None
    part = CALIBRATION if known.name in CALIBRATIONS else QUALITY
    better: Better = "higher" if known.greater_is_better else "lower"
    return FigureName(text, part, metric_title(known.name), better, top=known.most, kind=known.name)
