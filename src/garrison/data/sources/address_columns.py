"""Which columns of a file that nobody has described hold addresses: told by their names, or by what is in them."""

import ipaddress

import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.casting import MISSING, plain
from garrison.data.sources.netflow_names import NAMES

KNOWN = frozenset(
    {
        *(
            "id.orig_h",
            "id.resp_h",
            "srcip",
            "dstip",
            "source_ip",
            "destination_ip",
            "client_ip",
            "server_ip",
        ),
        *(each.name for each in NAMES if each.means in ("src_ip", "dst_ip") and len(each.name) > 2),
    }
)
"""Names, in small letters, that say that a column holds addresses; nfdump's ``sa`` and ``da`` say too little."""

LOOKED_AT = 1_000
"""Different values of a column of another name that are looked at."""


def address_columns(batch: pa.RecordBatch) -> set[str]:
    """The columns of ``batch`` that have a known name, or in which every value that is there is an address.

    >>> batch = pa.RecordBatch.from_pydict({"Src_IP": ["a"], "peer": ["10.0.0.1"], "version": ["1.2.3"]})
    >>> sorted(address_columns(batch))
    ['Src_IP', 'peer']
    """
    return {
        name
        for name, values in zip(batch.schema.names, batch.columns, strict=True)
        if name.strip().lower() in KNOWN or _all_addresses(plain(values))
    }


def _all_addresses(values: pa.Array) -> bool:
    if not pa.types.is_string(values.type):
        return False
    different = pc.unique(values.view(pa.binary())).to_pylist()
    there = [
        text
        for value in different
        if value and (text := value.decode("utf-8", "replace").strip()) not in _NONE
    ]
    return bool(there) and all(map(_is_address, there[:LOOKED_AT]))


_NONE = {*MISSING, "-"}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
