"""The names of the protocols that IP carries, one spelling for all sources."""

import pyarrow as pa
import pyarrow.compute as pc

NAMES = {
    1: "icmp",
    2: "igmp",
    4: "ipip",
    6: "tcp",
    17: "udp",
    33: "dccp",
    41: "ipv6",
    46: "rsvp",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "icmp",
    88: "eigrp",
    89: "ospf",
    103: "pim",
    112: "vrrp",
    115: "l2tp",
    132: "sctp",
    136: "udplite",
}
"""By IANA's number, in lower case; ICMP for IPv6 (58) is ``icmp`` as well."""

WITH_PORTS = ("tcp", "udp", "sctp", "dccp", "udplite")
"""The protocols that have ports; what others show in the place of ports is none."""

_SPELLINGS = {"icmp6": "icmp", "icmpv6": "icmp", "ipv6-icmp": "icmp", "icmp-v6": "icmp"}


def protocol_name(number: int) -> str:
    """The name of a protocol, ``proto_N`` where it is not in the table.

    >>> protocol_name(6), protocol_name(58), protocol_name(253)
    ('tcp', 'icmp', 'proto_253')
    """
    return NAMES.get(number, f"proto_{number}")


def protocol_names(values: pa.Array) -> pa.Array:
    """Names in lower case for names or numbers in any spelling; missing values stay missing.

    >>> protocol_names(pa.array(["TCP", "17", "ICMP6", None])).to_pylist()
    ['tcp', 'udp', 'icmp', None]
    """
    coded = pc.dictionary_encode(pc.ascii_trim_whitespace(values).cast(pa.binary()))
    names = [_name(value.decode("utf-8", "replace")) for value in coded.dictionary.to_pylist()]
    return pa.array(names, pa.string()).take(coded.indices)


def _name(text: str) -> str:
    lower = text.lower()
    if lower.isascii() and lower.isdigit() and len(lower) <= 3:
        return protocol_name(int(lower))
    return _SPELLINGS.get(lower, lower)


def ports_of(protocol: pa.Array, ports: pa.Array) -> pa.Array:
    """The ports where the protocol has any, else missing."""
    known = pc.is_in(protocol, value_set=pa.array(WITH_PORTS))
    return pc.if_else(known, ports, pa.scalar(None, ports.type))
