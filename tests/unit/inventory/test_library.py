"""Masters made earlier or elsewhere, the lists beside them, and masters that are kept."""

from dataclasses import replace

import numpy as np
import pytest

from frames import settings, write_frame, write_night
from plateworks.errors import ConfigError
from plateworks.inventory.library import as_master
from plateworks.inventory.sets import Setup
from plateworks.inventory.sources import Source
from plateworks.matching.candidates import Candidate
from plateworks.metadata.frame import Frame
from plateworks.orders.defects import DefectsOrder
from plateworks.planning.foundlists import list_name, lists_beside
from plateworks.planning.ours import dark_of_list
from plateworks.planning.run import plan_run
from plateworks.products.lists import write_list
from plateworks.report.defecttable import write_defects

SETUP = Setup("asi2600", 100, 80, 1, 1, 100.0, 50.0, None)


def dark(path: str, mjd: float | None = 60000.0, **setup) -> Candidate:
    return Candidate(
        path=path, kind="dark", setup=replace(SETUP, **setup), temperature=-10.0, exposure=120.0,
        filter=None, telescope=None, focal_length=None, rotator=None, mjd=mjd, bias_inside=True,
        made=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dark120s.fit", "dark"),
        ("Dark_2024.fit", "dark"),
        ("master_dark_60s.fit", "dark"),
        ("masterDark_EXPOSURE_300.00.xisf", "dark"),
        ("MASTER-DARK.FIT", "dark"),
        ("flat_ha.fit", "flat"),
        ("masterFlat_FILTER_B.xisf", "flat"),
        ("bias.fit", "bias"),
        ("Master Bias.fits", "bias"),
        ("darkflat_2s.fits", "darkflat"),
        ("dark_flat_2s.fits", "darkflat"),
        ("flat-dark 2s.fits", "darkflat"),
        ("masterFlatDark.xisf", "darkflat"),
        ("stack_of_darks.fit", None),
        ("m31.fit", None),
    ],
)
def test_the_name_tells_the_kind_where_the_header_is_silent(name, kind):
    frame = Frame(path=f"library/flats/{name}", width=1, height=1, bitpix=-32)
    assert as_master(frame).kind == kind
    assert as_master(frame).is_master
    assert as_master(replace(frame, kind="bias")).kind == "bias"


@pytest.mark.parametrize(
    ("dark", "lst"),
    [
        ("dark120s.fit", "cosme120s.lst"),  # the three examples of PULSAR's guide
        ("Dark_2024.fit", "cosme_2024.lst"),
        ("master_dark_60s.fit", "master_cosme_60s.lst"),
        ("Master_Dark.fit", "Master_cosme.lst"),
        ("my_dark_of_darks.fit", "my_cosme_of_cosmes.lst"),
        ("darkdark.fit", "cosmedark.lst"),  # only the beginning, where the name begins so
        ("dark2.5s.fits", "cosme2.5s.lst"),
        ("dark120s.fits.gz", "cosme120s.lst"),
        ("DARK120S.FIT", "cosme120S.lst"),
        ("lib/darks/dark120s.xisf", "lib/darks/cosme120s.lst"),
    ],
)
def test_the_name_of_a_list_follows_from_the_dark(dark, lst):
    assert list_name(dark) == lst


def test_a_list_is_found_whatever_the_case_of_its_name():
    assert lists_beside([dark("lib/Dark_A.fit")], ["lib/COSME_a.LST"], [Source("lib")]) == {
        "lib/Dark_A.fit": "lib/COSME_a.LST"
    }


def test_a_dark_without_list_gets_that_of_the_newest_dark_by_its_own_date():
    darks = [
        dark("lib/dark1.fit", 60000.0), dark("lib/dark2.fit", 59000.0), dark("lib/dark3.fit", 1.0),
    ]  # fmt: skip
    lists = ["lib/cosme2.lst", "lib/cosme3.lst"]
    found = lists_beside(darks, lists, [Source("lib")])
    assert found == {
        "lib/dark1.fit": "lib/cosme2.lst",
        "lib/dark2.fit": "lib/cosme2.lst",
        "lib/dark3.fit": "lib/cosme3.lst",
    }
    assert lists_beside(darks[::-1], lists[::-1], [Source("lib")]) == found


def test_a_list_that_belongs_to_no_dark_serves_all_without():
    lists = ["lib/old/a.lst", "lib/old/b.lst"]
    assert lists_beside([dark("lib/dark1.fit")], lists, [Source("lib")]) == {
        "lib/dark1.fit": "lib/old/b.lst"
    }


def test_a_list_never_serves_another_library_or_another_sensor():
    darks = [dark("a/dark1.fit"), dark("b/dark2.fit"), dark("b/dark3.fit", camera="qhy600")]
    assert lists_beside(darks, ["b/cosme2.lst"], [Source("a"), Source("b")]) == {
        "b/dark2.fit": "b/cosme2.lst"
    }


def test_a_list_of_earlier_results_serves_the_dark_that_it_says_and_no_other(tmp_path):
    library = tmp_path / "old"
    darks = [dark(str(library / "masters" / s / "dark_9s.fits"), camera=s) for s in ("a", "b", "c")]
    nothing, paths = np.empty((0, 2), np.int64), []
    for folder, name in (("a", "cosme_9s"), ("b", "cosme_9s"), ("b", "cosme_darkflat_2s")):
        paths.append(library / "cosmetic" / folder / f"{name}.lst")
        its = f"{name.replace('cosme_9s', 'dark_9s').removeprefix('cosme_')}.fits"
        about = f"0 pixels of {its} (harm above 0.25)"
        write_list(paths[-1], nothing, nothing, rows=80, about=about, told="0123456789abcdef")
    order = DefectsOrder(sources=(), apart=(), height=80, width=100, form="iris")
    paths.append(library / "report" / "defects_a.lst")
    write_defects(order, library / "report" / "defects_a.csv", paths[-1])
    lists = [str(path) for path in paths]
    found = lists_beside(darks[:2], lists, [Source(str(library))], dark_of=dark_of_list)
    assert found == {darks[0].path: lists[0], darks[1].path: lists[1]}
    # Of a sensor without a list it is not said whose pixels those of several are.
    alone = lists_beside(darks[2:], lists[3:], [Source(str(library))], dark_of=dark_of_list)
    assert alone == {}


@pytest.fixture
def planned(tmp_path):
    """A function that plans tmp_path/raw with tmp_path/library."""

    def plan(**changes):
        changes = {"library": [str(tmp_path / "library")]} | changes
        return plan_run(settings(tmp_path / "raw", tmp_path / "results", **changes), rescan=True)

    return plan


def test_a_library_is_searched_with_its_folders_and_never_stacked(tmp_path, planned):
    write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(tmp_path / "library" / f"{i}" / "dark.fit", "Dark Frame", exptime=60.0)
    plan = planned()
    assert len(plan.found) == 3
    assert len(plan.frames) == 15
    assert all(frame.path.startswith(str(tmp_path / "raw")) for frame in plan.frames)


def test_a_file_of_a_library_that_tells_no_kind_is_set_aside_with_a_reason(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(tmp_path / "library" / "m31.fit", "", imagetyp=None)
    [reject] = planned().rejects
    assert reject.path.endswith("m31.fit")
    assert "IMAGETYP" in reject.reason


def test_a_library_alone_serves_lights_without_any_calibration_frames(tmp_path, planned):
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0, filter="L")
    write_frame(tmp_path / "library" / "dark60s.fit", "Dark Frame", exptime=60.0)
    write_frame(tmp_path / "library" / "flat_l.fit", "Flat Frame", exptime=2.0, filter="L")
    (tmp_path / "library" / "cosme60s.lst").write_text("P 1 1\r\n")
    plan = planned()
    [light] = plan.to_calibrate
    assert light.dark.master.path.endswith("dark60s.fit")
    assert light.flat.master.path.endswith("flat_l.fit")
    assert plan.lists[light.dark.master.path].endswith("cosme60s.lst")
    assert not plan.to_make


def test_a_folder_that_is_not_there_is_said_by_name(planned, tmp_path):
    write_night(tmp_path / "raw")
    with pytest.raises(ConfigError, match=r"library does not exist.*config key library"):
        planned()


# -- masters that are there already --------------------------------------------------------------


@pytest.mark.parametrize("freeze", [True, False])
def test_a_frozen_master_is_kept_when_new_frames_arrive(tmp_path, planned, freeze):
    write_night(tmp_path / "raw")
    known = {"library": [], "masters": {"freeze": freeze}}
    first = planned(**known)
    assert len(first.to_make) == 4
    [dark] = [m for m in first.to_make if m.source.key.kind == "dark"]
    write_frame(dark.path, "Master Dark", exptime=60.0, pwvers="0.1.0")
    late = write_frame(
        tmp_path / "raw" / "dark_9.fits", "DARK", exptime=60.0, date_obs="2025-08-15T21:00:00"
    )
    plan = planned(**known)
    assert (dark.path in {m.path for m in plan.to_make}) is not freeze
    assert dark.path in {m.path for m in plan.usable}
    assert len(plan.to_make) == 4 - freeze
    assert {light.dark.master.path for light in plan.lights} == {dark.path}
    assert str(late) in {frame.path for frame in plan.frames}


def test_a_frozen_master_of_too_few_frames_is_still_refused(tmp_path, planned):
    write_night(tmp_path / "raw", frames=2)
    plan = planned(library=[], masters={"freeze": True})
    for master in plan.masters:
        write_frame(master.path, "Master Dark")
    assert not planned(library=[], masters={"freeze": True}).usable
