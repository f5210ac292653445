"""What an alert says, in the one form that every sink sends on."""

from dataclasses import dataclass
from typing import Any

from garrison.monitoring.alerts.observation import Finding


@dataclass(frozen=True)
class Message:
    """Causes that began, or go on, and those that ended, of one model; ``when`` is ISO 8601 in UTC."""

    model: str
    when: str
    begun: tuple[Finding, ...]
    ended: tuple[Finding, ...] = ()

    @property
    def subject(self) -> str:
        """One line: the model, and which rules."""
        if self.begun:
            return f"{self.model}: {_named(self.begun)}"
        return f"{self.model}: ended: {_named(self.ended)}"

    @property
    def text(self) -> str:
        """The whole message as plain text."""
        lines = [f"[{each.rule}] {each.text}" for each in self.begun]
        lines += [f"[{each.rule}] ended: {each.subject}" for each in self.ended]
        return "\n".join([f"{self.model} at {self.when}", "", *lines]) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "model": self.model,
            "when": self.when,
            "alerts": [vars(each) for each in self.begun],
            "ended": [vars(each) for each in self.ended],
        }


def _named(findings: tuple[Finding, ...]) -> str:
    rules = list(dict.fromkeys(each.rule for each in findings))
    subjects = [each.subject for each in findings]
    more = f" and {len(subjects) - 3} more" if subjects[3:] else ""
    return f"{', '.join(rules)} ({', '.join(subjects[:3])}{more})"
