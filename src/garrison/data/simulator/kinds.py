"""Every kind of traffic, and how much of it there is."""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from garrison.data.simulator.backup import backup
from garrison.data.simulator.beacon import beacon
from garrison.data.simulator.dns import dns
from garrison.data.simulator.events import Events
from garrison.data.simulator.exfiltration import exfiltration
from garrison.data.simulator.flood import flood
from garrison.data.simulator.interactive import interactive
from garrison.data.simulator.monitoring import monitoring
from garrison.data.simulator.password_guessing import password_guessing
from garrison.data.simulator.polling import polling
from garrison.data.simulator.port_scan import port_scan
from garrison.data.simulator.scene import Hour
from garrison.data.simulator.web import web


@dataclass(frozen=True)
class Kind:
    """How ``count`` events of an hour are drawn, their share of an average hour, and how it follows the day.

    ``follows`` is the power of the hour's rhythm that the share is multiplied by: 1 grows with it, 0 does not, below
    0 is for the night.
    """

    draw: Callable[[int, Hour, Generator], Events]
    share: float
    follows: float = 0.0


BENIGN: dict[str, Kind] = {
    "web": Kind(web, 0.44, 1.0),
    "dns": Kind(dns, 0.25, 0.8),
    "interactive": Kind(interactive, 0.12, 1.0),
    "polling": Kind(polling, 0.10),
    "monitoring": Kind(monitoring, 0.07),
    "backup": Kind(backup, 0.02, -0.7),
}
"""What the benign events are; the shares add up to 1."""

ATTACKS: dict[str, Kind] = {
    "port_scan": Kind(port_scan, 0.28),
    "password_guessing": Kind(password_guessing, 0.26),
    "flood": Kind(flood, 0.24),
    "beacon": Kind(beacon, 0.12),
    "exfiltration": Kind(exfiltration, 0.10),
}
"""What the malicious events are, by the name that stands in ``attack_type``; the shares add up to 1."""
