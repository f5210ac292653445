"""Shutting the door without hitting whoever stands in it.

A listening socket that is closed resets the connections that the system has made for it and the service has not yet
taken: their requests would be lost. So new ones are kept out first, by a filter in the kernel that drops the first
packet of a connection (SYN without ACK); those that were begun come in as they would; and then the socket is closed.
Who was kept out tries again, as TCP does, and is refused.
"""

import contextlib
import ctypes
import socket
import struct
import sys

_SO_ATTACH_FILTER = 26
_FLAGS_BYTE, _SYN, _SYN_OR_ACK = 13, 0x02, 0x12
_PROGRAM = (
    (0x30, 0, 0, _FLAGS_BYTE),  # load the byte of flags of the TCP header
    (0x54, 0, 0, _SYN_OR_ACK),  # and it with SYN | ACK
    (0x15, 0, 1, _SYN),  # is it SYN alone?
    (0x06, 0, 0, 0),  # then keep nothing of the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep all of it
)
"""A program of the classic packet filter (McCanne and Jacobson 1993; Linux's socket(7), SO_ATTACH_FILTER)."""


def let_nobody_new_in(listener: socket.socket) -> None:
    """Keep new connections out of a listening socket; where the system has no such filter, nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    code = b"".join(struct.pack("HBBI", *step) for step in _PROGRAM)
    kept = ctypes.create_string_buffer(code)
    with contextlib.suppress(OSError):
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_PROGRAM), ctypes.addressof(kept))
        )
