"""The server listens at the address that it prints."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import ifaddr
import pytest

from agent_server.addresses import (
    is_loopback,
    network_addresses,
    open_sockets,
    reachable_addresses,
)
from agent_server.run import url

from .serving import serving

ANY = "0.0.0.0"  # noqa: S104 (no socket is bound to it)

ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth1	00000000	0102A8C0	0003	0	0	100	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
"""


class Computer:
    """The network interfaces of a computer, as Linux describes them in files."""

    def __init__(self, folder: Path) -> None:
        self.interfaces = folder / "net"
        self.routes = folder / "route"
        self.routes.write_text(ROUTES.splitlines()[0] + "\n")
        self._adapters: list[ifaddr.Adapter] = []

    def add(self, name, *addresses, hardware=True, state="up", ports=None):
        """Add an interface; one with `ports` is a bridge."""
        folder = self.interfaces / name
        folder.mkdir(parents=True)
        (folder / "operstate").write_text(state + "\n")
        if hardware:
            (folder / "device").mkdir()
        for port in ports or ():
            (folder / "brif" / port).mkdir(parents=True)
        ips = [ifaddr.IP((ip, 0, 0) if ":" in ip else ip, 24, name) for ip in addresses]
        self._adapters.append(ifaddr.Adapter(name, name, ips))

    def addresses(self, versions=(4, 6)):
        return network_addresses(
            self._adapters, versions=versions, interfaces=self.interfaces, routes=self.routes
        )


@pytest.fixture
def computer(tmp_path) -> Computer:
    return Computer(tmp_path)


def test_network_comes_before_containers(computer):
    computer.add("lo", "127.0.0.1", "::1", hardware=False, state="unknown")
    computer.add("docker0", "172.17.0.1", hardware=False, ports=["veth1"])
    computer.add("br-0123456789ab", "172.18.0.1", hardware=False, ports=["veth2"])
    computer.add("veth1", "169.254.1.1", hardware=False)
    computer.add("eth0", "192.168.1.5", "fe80::5", "fd00::5")
    assert computer.addresses() == ["192.168.1.5", "fd00::5"]
    assert computer.addresses([4]) == ["192.168.1.5"]


@pytest.mark.parametrize("name", ["virbr0", "vmnet8", "lxdbr0", "cni-podman0", "hassio"])
def test_networks_inside_the_computer(computer, name):
    computer.add(name, "10.0.0.1", hardware=False)
    assert computer.addresses() == []


def test_bridge_is_reached_through_its_hardware(computer):
    computer.add("eth0")
    computer.add("br0", "192.168.1.5", hardware=False, ports=["tap0", "eth0"])
    computer.add("backend", "10.0.0.1", hardware=False, ports=["tap1"])
    assert computer.addresses() == ["192.168.1.5"]


def test_interface_that_is_down(computer):
    computer.add("eth0", "192.168.1.5", state="down")
    computer.add("wlan0", "192.168.2.5")
    assert computer.addresses() == ["192.168.2.5"]


def test_default_route_is_best_then_hardware(computer):
    computer.add("tailscale0", "100.64.0.5", hardware=False, state="unknown")
    computer.add("eth0", "10.0.0.5")
    computer.add("wlan0", "192.168.1.5", "fd00::5")
    computer.add("eth1", "192.168.2.5")
    computer.routes.write_text(ROUTES)
    assert computer.addresses() == [
        "192.168.2.5",
        "192.168.1.5",
        "10.0.0.5",
        "100.64.0.5",
        "fd00::5",
    ]


def test_container_is_reached_by_its_default_route(computer):
    computer.add("vnet0", "10.0.3.5", hardware=False)
    computer.routes.write_text(ROUTES.replace("eth1", "vnet0"))
    assert computer.addresses() == ["10.0.3.5"]


def test_computer_that_hides_its_interfaces(computer):
    computer.add("eth0", "192.168.1.5", state="down")
    computer.interfaces = computer.interfaces / "missing"
    computer.routes = computer.routes / "missing"
    assert computer.addresses() == ["192.168.1.5"]


def test_addresses_of_this_computer():
    found = reachable_addresses(["::"])
    assert not any(map(is_loopback, found))
    assert reachable_addresses([ANY]) == [ip for ip in found if ":" not in ip]
    assert reachable_addresses(["192.0.2.1", "fd00::1"]) == ["192.0.2.1", "fd00::1"]


@pytest.mark.parametrize(
    ("host", "addresses", "shown"),
    [
        ("127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
        ("::1", ["::1"], "[::1]"),
        ("localhost", ["::1", "127.0.0.1"], "localhost"),
        (ANY, ["192.168.1.5", "10.0.0.5"], "192.168.1.5"),
        (ANY, [], "127.0.0.1"),
        ("::", ["fd00::5"], "[fd00::5]"),
        ("::", [], "[::1]"),
    ],
)
def test_shown_address(host, addresses, shown):
    assert url(host, addresses, 8765) == f"ws://{shown}:8765/v1/agent-conversation"


def test_name_with_several_addresses_has_one_port(monkeypatch):
    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    opened = open_sockets("home", 0)
    try:
        assert [s.getsockname()[0] for s in opened] == ["::1", "127.0.0.1"]
        assert len({s.getsockname()[1] for s in opened}) == 1
    finally:
        for each in opened:
            each.close()


def test_free_port_is_free_at_all_addresses(monkeypatch):
    both = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    ]
    create, taken = socket.create_server, []

    def take_the_first(address, **options):
        if options["family"] == socket.AF_INET and not taken:
            taken.append(create(address))
        return create(address, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(socket, "create_server", take_the_first)
    opened = [*open_sockets("home", 0), *taken]
    try:
        ports = [each.getsockname()[1] for each in opened]
        assert ports[0] == ports[1] != ports[2]
    finally:
        for each in opened:
            each.close()


async def test_server_knows_its_addresses():
    async with serving() as (server, _):
        assert server.addresses == ["127.0.0.1"]
    assert server.addresses == []


IN_A_NETWORK_OF_ITS_OWN = """
import fcntl, json, os, socket, struct, subprocess, sys
os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
with socket.socket() as control:
    up = struct.pack("16sH14s", b"lo", 1, b"")  # IFF_UP
    fcntl.ioctl(control, 0x8914, up)  # SIOCSIFFLAGS
arguments = "--host :: --port 0 --agent-id a --api-key ak-0123456789abcdef".split()
agent = subprocess.Popen(
    [sys.executable, "-m", "agent_server", *arguments], stdout=subprocess.PIPE, text=True
)
try:
    url = agent.stdout.readline().strip()
    port = int(url.split("/")[2].rpartition(":")[2])
    answers = []
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, port)) as client:
            client.sendall(b"GET /health HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
            answers.append(client.recv(12).decode())
    print(json.dumps([url.split("/")[2].rpartition(":")[0], answers]))
finally:
    agent.terminate()
    agent.wait()
"""


def can_have_a_network() -> bool:
    probe = "import os; os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)"
    return subprocess.run([sys.executable, "-c", probe], stderr=subprocess.DEVNULL).returncode == 0  # noqa: PLW1510, S603


@pytest.mark.skipif(not can_have_a_network(), reason="network namespaces are not allowed here")
def test_all_addresses_are_those_of_ipv4_and_ipv6():
    """A network namespace has nothing but loopback."""
    result = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", IN_A_NETWORK_OF_ITS_OWN],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        check=True,
        timeout=200,
    )
    shown, answers = json.loads(result.stdout)
    assert shown == "[::1]"
    assert answers == ["HTTP/1.1 200", "HTTP/1.1 200"]
