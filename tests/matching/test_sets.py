"""Which frames make one set, case by case; the cases lie as data in ``sets.yaml``."""

import re
from pathlib import Path

import pytest

from cards import PLAIN_LIGHT, frame
from plateworks.inventory.grouping import group
from plateworks.inventory.sessions import session_finder
from plateworks.settings.configuration import load_yaml
from plateworks.settings.grouping import Grouping
from plateworks.settings.matching import Matching
from plateworks.settings.reading import read_section
from plateworks.settings.site import Site

CASES = load_yaml(Path(__file__).with_name("sets.yaml"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("backwards", [False, True], ids=["", "backwards"])
def test_set(case, backwards):
    plain = {key: value for key, value in PLAIN_LIGHT.items() if key != "IMAGETYP"}
    frames = [frame(f"raw/{i}.fits", plain, cards) for i, cards in enumerate(case["frames"])]
    frames = [one for one in frames if not one.is_master]
    frames = frames[::-1] if backwards else frames
    site = Site(**case.get("site", {"longitude": 0.0}))
    grouping = read_section(Grouping, case.get("grouping", {}))
    matching = read_section(Matching, case.get("matching", {}))
    sets = group(
        frames,
        session_finder(site),
        grouping,
        exposure_tolerance=matching.exposure_tolerance,
        rotator_tolerance=matching.rotator_tolerance_deg,
        min_frames=case.get("min_frames", 1),
    )
    names = [one.name for one in sets]
    if "distinct" in case:
        assert len({one.id.casefold() for one in sets}) == case["distinct"]
        assert all("/" not in name and ".." not in name for name in names)
    else:
        found = {re.sub("-[0-9a-f]{6}$", "-…", one.name): len(one.frames) for one in sets}
        assert found == case["sets"]
        assert names == sorted(names)
