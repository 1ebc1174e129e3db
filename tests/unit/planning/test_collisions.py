"""No product takes the place of what is read, or of what somebody typed."""

import pytest

from frames import settings, write_frame
from orders import HOT
from plateworks.errors import ConfigError
from plateworks.planning.repairs import lists_to_make
from plateworks.planning.run import plan_run
from plateworks.products.cosmetics import make_cosmetic_list


def write_darks(folder) -> None:
    for i in range(3):
        when = f"2025-08-15T20:{i:02d}:00"
        write_frame(folder / f"d{i}.fits", "DARK", exptime=120.0, date_obs=when)


def test_a_product_never_takes_the_place_of_a_frame(tmp_path):
    raw = tmp_path / "raw"
    write_darks(raw)
    complete = settings([f"={raw}/d{i}.fits" for i in range(3)], raw, names={"dark": "d0.fits"})
    with pytest.raises(ConfigError, match=r"d0\.fits is read as a frame.*names\.dark"):
        plan_run(complete, rescan=True)


def test_a_list_made_before_is_not_taken_for_that_of_another_dark(tmp_path):
    """The second run of calibrate … -d dark.fit, with products beside the dark."""
    write_frame(tmp_path / "dark.fit", "DARK", exptime=60.0)
    write_frame(tmp_path / "light.fit", "LIGHT", exptime=60.0)
    files = {"library": [f"{tmp_path}/dark.fit"], "calibrate": {"require": []}}
    names = {"cosmetic": "cosme60s.lst"}
    complete = settings(f"={tmp_path}/light.fit", tmp_path, names=names, **files)
    for _ in range(2):
        plan = plan_run(complete, rescan=True)
        assert plan.lists == {}
        [(path, dark)] = lists_to_make(plan).items()
        make_cosmetic_list(HOT, dark, path)
