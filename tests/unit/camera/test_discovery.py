"""Finding devices, and the configuration to start from."""

import pytest
import yaml

from observatory.faults import drop, error, garbage, value
from observatory.misbehaving import misbehaving
from observatory.simulator import free_port
from plateworks.camera.discovery import (
    Found,
    describe,
    discover,
    list_devices,
    search_network,
    starting_configuration,
)
from plateworks.errors import PlateworksError
from plateworks.settings.configuration import complete, load_yaml

LISTED = [
    {"DeviceName": "Panel", "DeviceType": "CoverCalibrator", "DeviceNumber": 0, "UniqueID": "c"},
    {"DeviceName": "Camera", "DeviceType": "Camera", "DeviceNumber": 0, "UniqueID": "a"},
    {"DeviceName": "Mount", "DeviceType": "Telescope", "DeviceNumber": 0, "UniqueID": "t"},
]


def nobody():
    return []


def kinds(found):
    return [(one.kind, one.number) for one in found]


def test_the_devices_that_a_server_lists_are_asked_what_they_can_do(server):
    server.always("configureddevices", value(LISTED))
    found = discover([server.address], nobody)
    assert kinds(found) == [("camera", 0), ("covercalibrator", 0), ("telescope", 0)]
    assert ("gains", "0 to 300") in found[0].abilities
    assert ("readout modes", "Normal, Low noise") in found[0].abilities
    assert ("light", "brightness 0 to 100") in found[1].abilities


def test_a_server_without_a_list_is_tried_number_by_number(server):
    server.always("configureddevices", garbage)
    found = discover([server.address], nobody)
    assert kinds(found) == [("camera", 0), ("filterwheel", 0), ("covercalibrator", 0)]


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 50_000,
        b'{"Value": ' * 50_000,
        b'{"Value": [{"DeviceName": "C", "DeviceType": "Camera", "DeviceNumber": Infinity}]}',
        b'{"Value": [{"DeviceName": "C", "DeviceType": "Camera", "DeviceNumber": NaN}]}',
        b'{"Value": [[]]}',
        b'{"Value": {"a": 1}}',
        b"[]",
        b'{"Value": "\xff"}',
    ],
)
def test_a_list_of_devices_that_is_none_is_tried_number_by_number(server, answer):
    server.always("configureddevices", lambda request: request.send(answer))
    found = discover([server.address], nobody)
    assert kinds(found) == [("camera", 0), ("filterwheel", 0), ("covercalibrator", 0)]


def test_servers_that_answer_the_broadcast_are_asked_once(server):
    found = discover([server.address], lambda: [server.address])
    assert len(found) == 3


def test_the_network_is_searched_by_the_protocols_broadcast(monkeypatch):
    monkeypatch.setattr("alpaca.discovery.search_ipv4", lambda **_: ["10.0.0.7:11111"])
    assert search_network() == ["10.0.0.7:11111"]


@pytest.mark.parametrize("wrong", [ValueError("no JSON"), KeyError("Port"), TypeError()])
def test_what_answers_the_broadcast_with_nonsense_stops_nothing(monkeypatch, wrong):
    def search(**_):
        raise wrong

    monkeypatch.setattr("alpaca.discovery.search_ipv4", search)
    assert search_network() == []


def test_an_address_that_is_none_is_passed_over(monkeypatch):
    answers = ["10.0.0.7:99999", "10.0.0.8:11111", "10.0.0.9:None"]
    monkeypatch.setattr("alpaca.discovery.search_ipv4", lambda **_: answers)
    assert search_network() == ["10.0.0.8:11111"]


def test_a_list_that_is_elsewhere_or_endless_is_none(server):
    def elsewhere(request):
        request.handler.send_response(302)
        request.handler.send_header("Location", f"http://{server.address}/elsewhere")
        request.handler.send_header("Content-Length", "0")
        request.handler.end_headers()

    for fault in (elsewhere, lambda request: request.send(b" " * (1 << 21))):
        server.always("configureddevices", fault)
        found = discover([server.address], nobody)
        assert kinds(found) == [("camera", 0), ("filterwheel", 0), ("covercalibrator", 0)]
    assert server.count("elsewhere", "GET") == 0


def test_a_network_that_cannot_be_searched_finds_nobody(monkeypatch, caplog):
    def unreachable(**_):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("alpaca.discovery.search_ipv4", unreachable)
    assert search_network() == []
    assert "Network is unreachable" in caplog.text


def test_nothing_is_exposed_moved_or_lit(server):
    server.devices["camera"]["connected"] = True
    discover([server.address], nobody)
    put = {name for method, name, _ in server.calls if method == "PUT"}
    assert put <= {"connected"}
    assert server.devices["camera"]["connected"], "another program's connection was cut"


def test_a_device_with_a_fault_is_told_and_left_out_of_the_configuration(server):
    server.always("cameraxsize", error(0x500, "no USB"))
    found = discover([server.address], nobody)
    assert "no USB" in found[0].problem
    assert "no USB" in describe(found)
    assert yaml.safe_load(starting_configuration(found))["capture"]["camera"] is None


def test_servers_that_are_gone_or_hang_up_are_passed_over(server, pixels):
    with misbehaving(pixels) as rude:
        for name in ("configureddevices", "name"):
            rude.always(name, drop)
        addresses = [f"127.0.0.1:{free_port()}", rude.address, server.address]
        found = discover(addresses, nobody)
    assert {one.address for one in found} == {server.address}


def test_the_configuration_names_the_devices_of_one_server_and_is_not_armed(server):
    found = discover([server.address], nobody)
    text = starting_configuration([*found, Found("camera", server.address, 7, "Guider")])
    assert yaml.safe_load(text) == {
        "capture": {
            "armed": False,
            "address": server.address,
            "camera": 0,
            "filterwheel": 0,
            "covercalibrator": 0,
            "telescope": None,
            "raw_dir": "raw",
            "filters": ["L", "Ha"],
            "gain": None,
            "offset": None,
            "readout_mode": None,
        }
    }
    assert "# or 7: Guider" in text
    assert "gain: null # 0 to 300" in text


def test_filters_of_any_name_stay_filters(pixels):
    names = ["no", "Ha: 3 nm", 'B, "wide"', "#5", "12", "]"]
    with misbehaving(pixels, filterwheel={"names": names}) as server:
        text = starting_configuration(discover([server.address], nobody))
    assert yaml.safe_load(text)["capture"]["filters"] == names


def test_a_name_of_several_lines_stays_in_its_comment():
    text = starting_configuration([Found("camera", "h:1", 0, "A\ncapture: {armed: true}\r\u2028#")])
    assert yaml.safe_load(text)["capture"]["armed"] is False


def test_where_nothing_answers_the_next_step_is_told_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("alpaca.discovery.search_ipv4", lambda **_: [])
    with pytest.raises(PlateworksError, match=r"capture\.address"):
        list_devices(None, tmp_path / "devices.yaml")
    assert not list(tmp_path.iterdir())


def test_what_is_found_is_printed_and_the_file_is_a_configuration(
    server, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("alpaca.discovery.search_ipv4", lambda **_: [])
    list_devices(server.address, tmp_path / "capture" / "devices.yaml")
    assert "camera 0 at" in capsys.readouterr().err
    given = load_yaml(tmp_path / "capture" / "devices.yaml")
    capture = complete(given).capture
    assert (capture.address, capture.armed) == (server.address, False)
