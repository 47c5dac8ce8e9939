"""The sockets that a server listens on, and the addresses at which others reach them."""

import errno
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any, Final

import ifaddr

_CONTAINERS: Final = re.compile(
    r"(docker|br-[0-9a-f]{12}|veth|virbr|vnet|vmnet|vboxnet|lxcbr|lxdbr|incusbr|podman|cni|"
    r"flannel|cali|hassio|kube|dummy|ifb)"
)
"""Names of interfaces between a computer and its own containers or virtual machines."""

_ATTEMPTS: Final = 10
"""How often a free port is chosen."""

_ROUTE_IS_UP: Final = 1
"""A flag of `/proc/net/route`."""

type _Address = tuple[socket.AddressFamily, tuple[Any, ...]]


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on each address of a host; port 0 chooses a free one for all.

    Blocks while it resolves the name. Raises `OSError` if it can listen on none of them.
    """
    if host == "::":
        # asyncio would listen on IPv6 only.
        return [socket.create_server((host, port), family=socket.AF_INET6, dualstack_ipv6=True)]
    addresses = _resolve(host)
    for attempts_left in reversed(range(_ATTEMPTS)):
        sockets, failures = _listen(addresses, port)
        is_taken = any(failure.errno == errno.EADDRINUSE for failure in failures)
        if port or not is_taken or not attempts_left:
            break
        for opened in sockets:  # A port that is free at one address may be in use at another.
            opened.close()
    if failures and not sockets:
        raise failures[-1]
    return sockets


def _listen(addresses: list[_Address], port: int) -> tuple[list[socket.socket], list[OSError]]:
    """Listen on one port of all addresses; return the sockets, and the failures."""
    sockets: list[socket.socket] = []
    failures: list[OSError] = []
    with ExitStack() as stack:
        for family, address in addresses:
            try:
                opened = socket.create_server((address[0], port, *address[2:]), family=family)
            except OSError as error:
                failures.append(error)
                continue
            sockets.append(stack.enter_context(opened))
            port = opened.getsockname()[1]
        stack.pop_all()
    return sockets, failures


def _resolve(host: str) -> list[_Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError:
        raise OSError(socket.EAI_NONAME, "Not a valid host name") from None
    return [(family, address) for family, _, _, _, address in found]


def is_loopback(address: str) -> bool:
    """Return whether only programs on this computer can connect to an address."""
    return ip_address(address).is_loopback


def reachable_addresses(bound: Iterable[str]) -> list[str]:
    """Return the addresses at which others reach a server bound to these, best first."""
    found: list[str] = []
    for address in map(ip_address, bound):
        if address.is_unspecified:
            versions = (4,) if address.version == 4 else (4, 6)  # noqa: PLR2004
            found += network_addresses(ifaddr.get_adapters(), versions=versions)
        else:
            found.append(str(address))
    return list(dict.fromkeys(found))


def network_addresses(
    adapters: Iterable[ifaddr.Adapter],
    *,
    versions: Sequence[int] = (4, 6),
    interfaces: Path = Path("/sys/class/net"),
    routes: Path = Path("/proc/net/route"),
) -> list[str]:
    """Return the addresses of the interfaces that lead to a network, best first.

    The best interface is the one with the default route, then those with hardware; IPv4 comes
    before IPv6, which fewer programs and people can handle.
    """
    default = _default_interfaces(routes)
    ranked: list[tuple[bool, int, bool, int, str]] = []
    for adapter in adapters:
        name = adapter.name if isinstance(adapter.name, str) else adapter.name.decode()
        is_default = name in default
        if not is_default and not _leads_to_network(name, interfaces / name):
            continue
        place = default.index(name) if is_default else len(default)
        has_hardware = (interfaces / name / "device").exists()
        for ip in _addresses(adapter):
            if ip.version in versions and not (ip.is_loopback or ip.is_link_local):
                ranked.append((ip.version != 4, place, not has_hardware, len(ranked), str(ip)))  # noqa: PLR2004
    return [address for *_, address in sorted(ranked)]


def _addresses(adapter: ifaddr.Adapter) -> list[IPv4Address | IPv6Address]:
    return [ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0]) for ip in adapter.ips]


def _leads_to_network(name: str, folder: Path) -> bool:
    """Return whether an interface is up and not only for containers or virtual machines."""
    if _CONTAINERS.match(name):
        return False
    try:
        if (folder / "operstate").read_text().strip() in ("down", "notpresent", "lowerlayerdown"):
            return False
    except OSError:
        return True  # Some containers hide this folder.
    # A bridge for containers can have any name, but none of its ports has hardware.
    ports = folder / "brif"
    return not ports.is_dir() or any(
        (folder.parent / port.name / "device").exists() for port in ports.iterdir()
    )


def _default_interfaces(routes: Path) -> list[str]:
    """Return the interfaces that have a default route, the preferred one first."""
    try:
        rows = [line.split() for line in routes.read_text().splitlines()[1:]]
    except OSError:
        return []
    found = [
        (int(metric), name)
        for name, target, _, flags, _, _, metric, mask, *_ in rows
        if int(target, 16) == int(mask, 16) == 0 and int(flags, 16) & _ROUTE_IS_UP
    ]
    return [name for _, name in sorted(found)]
