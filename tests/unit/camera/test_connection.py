"""Addresses, connecting, and servers that are not there."""

import socket
from threading import Event

import pytest
from requests.adapters import HTTPAdapter

from observatory.faults import drop, error, value
from observatory.simulator import free_port
from plateworks.camera.address import identities, parse_address
from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed, Refused, Unreachable
from plateworks.camera.waiting import Deadlines
from plateworks.errors import ConfigError


@pytest.mark.parametrize(
    "text", ["localhost:11111", "192.168.1.20:32323", "[fe80::1%eth0]:11111", " roof-pc.local:80 "]
)
def test_addresses_are_host_and_port(text):
    assert parse_address(text) == text.strip()


@pytest.mark.parametrize("text", ["localhost:00080", "localhost:80/", " localhost:080/ "])
def test_an_address_with_zeros_before_its_port_or_a_slash_after_it_is_meant_well(text):
    assert parse_address(text) == "localhost:80"


SPELLINGS = [
    "localhost:11111", "LocalHost:11111", "localhost.:11111", "127.0.0.1:011111", "127.1:11111",
    "[::1]:11111", "[::ffff:127.0.0.1]:11111", "[0:0:0:0:0:0:0:1]:11111", "0.0.0.0:11111",
    f"{socket.gethostname()}:11111", f"{socket.gethostname().upper()}:11111/",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_an_address_of_this_computer_is_one_however_it_is_written(text):
    assert identities(parse_address(text)) == identities("127.0.0.1:11111")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("localhost:11111", "localhost:11112"),
        ("localhost:11111", "192.0.2.7:11111"),
        ("192.0.2.7:11111", "192.0.2.8:11111"),
        ("roof.invalid:11111", "dome.invalid:11111"),
    ],
)
def test_other_servers_are_others(one, other):
    assert not set(identities(one)) & set(identities(other))


def test_a_name_stands_for_all_places_that_it_leads_to(monkeypatch):
    def look_up(host, port, **_):
        places = {"roof": ["192.0.2.7", "2001:DB8::7"], "192.0.2.7": ["192.0.2.7"]}[host]
        return [(0, 0, 0, "", (place, port)) for place in places]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert identities("Roof:11111") == ["192.0.2.7:11111", "2001:db8::7:11111"]
    assert identities("192.0.2.7:11111") == ["192.0.2.7:11111"]


@pytest.mark.parametrize("text", ["Nowhere.Invalid:11111", "nowhere.invalid.:11111"])
def test_a_name_that_leads_nowhere_stands_for_itself(text):
    assert identities(text) == ["nowhere.invalid:11111"]


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("localhost", "the port is missing"),
        ("http://localhost:11111", "leave out the protocol"),
        ("localhost:0", "not between 1 and 65535"),
        ("localhost:99999", "not between 1 and 65535"),
        ("localhost:", "not of the form host:port"),
        ("fe80::1:11111", "not of the form host:port"),
        ("", "the port is missing"),
    ],
)
def test_a_mistaken_address_is_explained(text, clause):
    with pytest.raises(ConfigError, match=rf"capture\.address is .*{clause}.*localhost:11111"):
        parse_address(text)


def test_a_server_that_is_not_there_is_asked_for_as_long_as_configured(clock):
    link = Link("camera", f"127.0.0.1:{free_port()}", 0, Deadlines(reconnect=30.0), clock)
    with pytest.raises(Unreachable, match=r"for 30 s .*Is its server running"):
        link.connect()
    assert 30 <= clock.now() < 40


def test_a_server_that_comes_up_late_is_waited_for(server, limits, clock):
    for name in ("connected", "name"):
        server.once(name, drop, drop, drop)
    link = Link("camera", server.address, 0, limits, clock)
    link.connect()
    assert link.read("Name") == "Moody Camera"
    assert link.outages == 2


def test_every_request_carries_its_time_limit(server, clock, monkeypatch):
    limits, send = [], HTTPAdapter.send

    def record(adapter, request, **options):
        limits.append((request.method, options["timeout"]))
        return send(adapter, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", record)
    link = Link("camera", server.address, 0, Deadlines(request=3.0, connect=40.0), clock)
    link.connect()
    assert link.read("Name") == "Moody Camera"
    assert limits == [("GET", 3.0), ("PUT", 40.0), ("GET", 3.0), ("GET", 3.0)]


def test_a_server_that_accepts_and_says_nothing_is_asked_again(server, clock):
    quiet = Event()
    server.once("name", lambda request: quiet.wait(5))
    link = Link("camera", server.address, 0, Deadlines(request=0.2), clock)
    link.connect()
    assert link.read("Name") == "Moody Camera"
    quiet.set()


def test_a_device_number_that_the_server_does_not_have_is_explained(server, limits, clock):
    with pytest.raises(CameraFailed, match=r"has no camera 5 .*capture_devices lists"):
        Link("camera", server.address, 5, limits, clock).connect()


def test_a_device_that_refuses_to_connect_is_explained(server, limits, clock):
    server.once("connected", value(False), error(0x500, "camera not plugged in"))
    with pytest.raises(Refused, match="camera not plugged in"):
        Link("camera", server.address, 0, limits, clock).connect()


def test_a_device_that_pretends_to_connect_is_found_out(server, limits, clock):
    server.always("connected", value(False))
    with pytest.raises(CameraFailed, match="stays disconnected"):
        Link("camera", server.address, 0, limits, clock).connect()


def test_a_device_that_was_forgotten_is_connected_again(server, limits, clock):
    link = Link("camera", server.address, 0, limits, clock)
    link.connect()
    server.devices["camera"]["connected"] = False
    server.once("name", error(0x407, "not connected"))
    assert link.read("Name") == "Moody Camera"
    assert server.devices["camera"]["connected"]
    assert link.outages == 1


def test_the_environments_proxy_is_not_asked(server, limits, clock, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    Link("camera", server.address, 0, limits, clock).connect()
