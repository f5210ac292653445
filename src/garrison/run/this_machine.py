"""Which addresses are this machine's own: nobody listens on the way to them, and nobody else reaches them."""

import ipaddress


def is_this_machine(host: str) -> bool:
    """Whether a host, a name or an address of IP, is this machine by the loopback.

    >>> [is_this_machine(host) for host in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "localhost.example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
