"""What the columns of flow exports are called, and in what unit they are."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """A column as an export calls it (in small letters), what it means here, and its unit in seconds for times."""

    name: str
    means: str
    unit: float = 1.0


MILLI, MICRO = 1e-3, 1e-6

NAMES = (
    # nfdump -o csv, up to 1.7.3 and since 1.7.4
    *(Name("ts", "timestamp"), Name("firstseen", "timestamp"), Name("te", "end"), Name("lastseen", "end")),
    *(Name("td", "duration"), Name("duration", "duration")),
    *(Name("sa", "src_ip"), Name("srcaddr", "src_ip"), Name("da", "dst_ip"), Name("dstaddr", "dst_ip")),
    *(
        Name("sp", "src_port"),
        Name("srcport", "src_port"),
        Name("dp", "dst_port"),
        Name("dstport", "dst_port"),
    ),
    *(Name("pr", "protocol"), Name("proto", "protocol"), Name("flg", "flags"), Name("flags", "flags")),
    *(Name("ipkt", "src_packets"), Name("inpackets", "src_packets"), Name("packets", "src_packets")),
    *(Name("ibyt", "src_bytes"), Name("inbytes", "src_bytes"), Name("bytes", "src_bytes")),
    *(Name("opkt", "dst_packets"), Name("outpackets", "dst_packets")),
    *(Name("obyt", "dst_bytes"), Name("outbytes", "dst_bytes")),
    # NetFlow v9, as nProbe writes it and as in the NF- data sets
    *(Name("ipv4_src_addr", "src_ip"), Name("ipv4_dst_addr", "dst_ip")),
    *(Name("ipv6_src_addr", "src_ip"), Name("ipv6_dst_addr", "dst_ip")),
    *(Name("l4_src_port", "src_port"), Name("l4_dst_port", "dst_port"), Name("protocol", "protocol")),
    *(Name("in_bytes", "src_bytes"), Name("out_bytes", "dst_bytes")),
    *(Name("in_pkts", "src_packets"), Name("out_pkts", "dst_packets")),
    *(Name("client_tcp_flags", "src_flags"), Name("tcp_flags", "flags")),
    *(Name("flow_start_milliseconds", "timestamp", MILLI), Name("flow_end_milliseconds", "end", MILLI)),
    *(Name("flow_start_sec", "timestamp"), Name("flow_end_sec", "end")),
    *(
        Name("flow_duration_milliseconds", "duration", MILLI),
        Name("flow_duration_microseconds", "duration", MICRO),
    ),
    *(Name("l7_proto_name", "service"), Name("label", "is_malicious"), Name("attack", "attack_type")),
    # IPFIX, by IANA's names of its information elements
    *(Name("sourceipv4address", "src_ip"), Name("destinationipv4address", "dst_ip")),
    *(Name("sourceipv6address", "src_ip"), Name("destinationipv6address", "dst_ip")),
    *(Name("sourcetransportport", "src_port"), Name("destinationtransportport", "dst_port")),
    *(Name("protocolidentifier", "protocol"), Name("tcpcontrolbits", "flags")),
    *(Name("octettotalcount", "src_bytes"), Name("octetdeltacount", "src_bytes")),
    *(Name("packettotalcount", "src_packets"), Name("packetdeltacount", "src_packets")),
    *(Name("reverseoctettotalcount", "dst_bytes"), Name("reverseoctetdeltacount", "dst_bytes")),
    *(Name("reversepackettotalcount", "dst_packets"), Name("reversepacketdeltacount", "dst_packets")),
    *(Name("flowstartmilliseconds", "timestamp", MILLI), Name("flowendmilliseconds", "end", MILLI)),
    *(Name("flowstartseconds", "timestamp"), Name("flowendseconds", "end")),
    *(
        Name("flowdurationmilliseconds", "duration", MILLI),
        Name("flowdurationmicroseconds", "duration", MICRO),
    ),
    # as Garrison calls them
    *(Name("timestamp", "timestamp"), Name("src_ip", "src_ip"), Name("dst_ip", "dst_ip")),
    *(Name("src_port", "src_port"), Name("dst_port", "dst_port")),
)
"""The names that are known; of several for one meaning, the first in the file, others filling what it leaves empty."""

_BY_NAME = {each.name: each for each in NAMES}


def known(column: str) -> Name | None:
    """What the column of an export means; capital letters, and white space around, are of no matter.

    >>> known("L4_DST_PORT").means, known("octetDeltaCount").means, known("colour")
    ('dst_port', 'src_bytes', None)
    """
    return _BY_NAME.get(column.strip().lower())


def meanings(columns: Sequence[str]) -> dict[str, list[tuple[str, Name]]]:
    """The columns of a file by what they mean, in the file's order."""
    found: dict[str, list[tuple[str, Name]]] = {}
    for column in columns:
        name = known(column)
        if name is not None:
            found.setdefault(name.means, []).append((column, name))
    return found
