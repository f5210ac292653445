"""Simulated events of one hour: as NumPy columns while they are drawn, as an Arrow batch when they are done."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.simulated import SIMULATED

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PROTOCOLS = ("tcp", "udp", "icmp")
TCP, UDP, ICMP = range(3)
SERVICES = {
    20: "ftp",
    21: "ftp",
    22: "ssh",
    23: "telnet",
    25: "smtp",
    53: "dns",
    80: "http",
    123: "ntp",
    161: "snmp",
    443: "https",
    445: "smb",
    587: "smtp",
    873: "rsync",
    993: "imap",
    3389: "rdp",
    8080: "http",
    8443: "https",
}
"""The name of the service that a port is known for; every other is ``other``."""

SCHEMA = pa.schema(
    [
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("src_ip", pa.string()),
        ("dst_ip", pa.string()),
        ("protocol", pa.string()),
        ("dst_port", pa.int64()),
        ("payload_len", pa.int64()),
        ("duration", pa.float64()),
        ("packets", pa.int64()),
        ("failed", pa.bool_()),
        ("service", pa.string()),
        ("is_malicious", pa.bool_()),
        ("attack_type", pa.string()),
        (SIMULATED, pa.bool_()),
    ],
    metadata={"garrison.simulated": "true"},
)
"""The columns of simulated events: those of the default event table."""

_NAMES = tuple(dict.fromkeys((*SERVICES.values(), "other")))
_SERVICE_OF_PORT = np.full(65_536, _NAMES.index("other"), dtype=np.int32)
for _port, _name in SERVICES.items():
    _SERVICE_OF_PORT[_port] = _NAMES.index(_name)


@dataclass(frozen=True)
class Events:
    """Events of one kind, in any order; every field has shape (n,).

    ``at`` is in microseconds since 1970, ``source`` and ``target`` are numbers of addresses, ``protocol`` is a
    place in ``PROTOCOLS``, ``port`` the target's (0 for ICMP), ``size`` the payload in bytes, ``duration`` in seconds.
    """

    at: Ints
    source: Ints
    target: Ints
    protocol: Ints
    port: Ints
    size: Ints
    duration: Floats
    packets: Ints
    failed: Bools

    def __len__(self) -> int:
        return len(self.at)


def as_batch(parts: Sequence[Events], kinds: Sequence[str], *, addresses: pa.StringArray) -> pa.RecordBatch:
    """The events of all parts in time order; ``kinds`` names the kind of attack of each part, or ``benign``.

    Events of the same microsecond keep the order of the parts.
    """
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")

    def joined(name: str) -> NDArray[np.generic]:
        values: NDArray[np.generic] = np.concatenate([getattr(part, name) for part in parts])[order]
        return values

    def named(codes: NDArray[np.generic], names: pa.StringArray) -> pa.Array:
        return names.take(pa.array(codes))

    which = tuple(dict.fromkeys(("benign", *kinds)))
    kind = np.repeat([which.index(name) for name in kinds], [len(part) for part in parts])[order]
    port = np.where(joined("protocol") == ICMP, 0, joined("port"))
    columns = [
        pa.array(at[order]).cast(SCHEMA.field("timestamp").type),
        named(joined("source"), addresses),
        named(joined("target"), addresses),
        named(joined("protocol"), pa.array(PROTOCOLS)),
        pa.array(port),
        pa.array(joined("size")),
        pa.array(np.round(joined("duration").astype(np.float64), 6)),
        pa.array(joined("packets")),
        pa.array(joined("failed")),
        named(_SERVICE_OF_PORT[port.astype(np.int64)], pa.array(_NAMES)),
        pa.array(kind != 0),
        named(kind, pa.array(which)),
        pa.repeat(pa.scalar(True), len(order)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
