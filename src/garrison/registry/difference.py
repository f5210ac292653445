"""Two models side by side: where their settings, features, data, figures and thresholds differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from garrison.registry.description import Description

SECTIONS = ("model", "threshold", "data", "features", "metrics", "gates", "settings")


@dataclass(frozen=True)
class Row:
    """One fact of two models; None where one of them lacks it."""

    section: str
    name: str
    first: Any
    second: Any

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return bool(self.first != self.second)


def compare(first: Description, second: Description) -> tuple[Row, ...]:
    """Every fact of the two, in the order of ``SECTIONS``, those that are the same among them."""
    one, other = _facts(first), _facts(second)
    rows = []
    for section in SECTIONS:
        names = dict.fromkeys((*one[section], *other[section]))
        rows += [Row(section, name, one[section].get(name), other[section].get(name)) for name in names]
    return tuple(rows)


def _facts(model: Description) -> dict[str, Mapping[str, Any]]:
    judgement = model.judgement
    return {
        "model": {
            "family": model.family,
            **{f"params.{name}": value for name, value in sorted(model.params.items())},
            "made": model.record.when if model.record else None,
            "run": model.record.run if model.record else None,
            "signed by": ", ".join(key[:16] for key in model.signed_by) or None,
        },
        "threshold": {"value": model.threshold, "rule": model.threshold_rule},
        "data": {"fingerprint": model.data_fingerprint},
        "features": {**model.features, "(processor)": model.processor_digest[:16]},
        "metrics": model.measures,
        "gates": {gate.name: str(gate) for gate in judgement.gates} if judgement else {},
        "settings": model.settings,
    }
