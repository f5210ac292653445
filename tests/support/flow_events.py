"""A key, and schemas of event tables whose addresses are pseudonyms, for tests."""

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Column, Schema

KEY = bytes(range(32))
PSEUDONYMS = Pseudonyms(KEY)

_COLUMNS = {
    "timestamp": Column("timestamp", "timestamp"),
    "src_ip": Column("src_ip", "string", pseudonym=True),
    "dst_ip": Column("dst_ip", "string", nullable=True, pseudonym=True),
    "dst_port": Column("dst_port", "integer", minimum=0, maximum=65535, nullable=True),
    "protocol": Column("protocol", "string", allowed=("tcp", "udp", "icmp")),
    "payload_len": Column("payload_len", "integer", minimum=0),
    "duration": Column("duration", "number", minimum=0, nullable=True),
    "packets": Column("packets", "integer", nullable=True),
    "failed": Column("failed", "boolean", nullable=True),
    "note": Column("note", "string", nullable=True),
}


def event_schema(*names: str) -> Schema:
    """A schema of some columns of an event table; src_ip and dst_ip are pseudonyms."""
    return Schema(name="events", columns=tuple(_COLUMNS[name] for name in names))
