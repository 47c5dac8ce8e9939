"""Where an API key may be sent without encryption: this computer and local networks."""

from ipaddress import ip_address, ip_network
from typing import Final

__all__ = [
    "LOCAL_NETWORKS",
    "is_local",
]

LOCAL_NETWORKS: Final = [
    ip_network(network)
    for network in (
        *("127.0.0.0/8", "::1"),  # Loopback.
        *("0.0.0.0/32", "::/128"),  # This host: printed by servers that listen on all addresses.
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),  # Private.
        *("169.254.0.0/16", "fe80::/10"),  # Link-local.
        "100.64.0.0/10",  # Carriers and overlay networks (RFC 6598).
    )
]
"""Fewer than `is_private`: that includes networks which tunnels and proxies route elsewhere."""


def is_local(address: str) -> bool:
    """Return whether an IP address is in a local network; raises `ValueError` for other texts.

    >>> is_local("fe80::1%eth0"), is_local("::ffff:192.168.1.5"), is_local("::ffff:8.8.8.8")
    (True, True, False)
    """
    ip = ip_address(address.split("%", maxsplit=1)[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in network for network in LOCAL_NETWORKS)
