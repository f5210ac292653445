"""Run commands in a process from which nothing but itself can be reached, and tell what it tried to reach.

    python no_network.py '[["run", "threats", …], ["--help"]]'

The kernel denies it, in a network namespace of its own with nothing but loopback, and counts every packet and look-up
that had no way to go, whichever library sent it; its children are in there too. Python's own sockets are watched as
well, which says where they wanted to go. Where no namespace can be had (``KERNEL`` in the answer is false), Python's
sockets alone are denied. Prints a JSON object.
"""

import contextlib
import ctypes
import fcntl
import ipaddress
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

NEW_USER, NEW_NET = 0x10000000, 0x40000000
SET_FLAGS, UP, RUNNING = 0x8914, 0x1, 0x40
LOCAL_NAMES = {"localhost", "", None}

tried: list[str] = []


def enter_namespace() -> bool:
    """Whether this process is now in a network namespace of its own, with loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(NEW_NET) != 0:
        if libc.unshare(NEW_USER | NEW_NET) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14s", b"lo", UP | RUNNING, b""))
    return True


def denied_by_kernel() -> int:
    """Packets and look-ups of this namespace that had no way to go."""
    lines = Path("/proc/net/snmp").read_text(encoding="ascii").splitlines()
    names, numbers = (line.split() for line in lines if line.startswith("Ip: "))
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text(encoding="ascii").splitlines())
    return int(dict(zip(names, numbers, strict=True))["OutNoRoutes"]) + int(six.get("Ip6OutNoRoutes", "0"))


def is_local(host: Any) -> bool:
    """Whether a host is this machine."""
    if host in LOCAL_NAMES or host == b"localhost":
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Python's audit hook: deny what leads away, and remember it."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if not isinstance(address, tuple) or is_local(address[0]):
            return
        place = f"{address[0]}:{address[1]}"
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if is_local(arguments[0]):
            return
        place = str(arguments[0])
    else:
        return
    tried.append(f"{event} {place}")
    raise OSError(f"{event} to {place} is denied here")


def main() -> None:
    """Run the commands, one after the other, and tell."""
    kernel = enter_namespace()
    sys.addaudithook(watch)
    commands: list[list[str]] = json.loads(sys.argv[1])
    from garrison.cli.main import run_command

    told = sys.stdout
    codes = []
    with contextlib.redirect_stdout(sys.stderr):
        for command in commands:
            if command[:1] == ["python"]:
                with contextlib.suppress(OSError):
                    exec(command[1], {})
                codes.append(0)
            else:
                codes.append(run_command(command))
    answer = {"kernel": kernel, "denied": denied_by_kernel() if kernel else 0, "tried": tried, "codes": codes}
    print(json.dumps(answer), file=told)


if __name__ == "__main__":
    main()
