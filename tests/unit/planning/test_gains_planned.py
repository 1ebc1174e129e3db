"""Which frames the gains of amplifiers are measured by, and who gets them."""

from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

from amplified import KINDS, halves, quarters, write_amplified, write_image
from frames import settings, write_frame
from plateworks.jobs.amplifiergains import GainsLookup
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.metadata.gainnights import Tried
from plateworks.orders.frames import files_of
from plateworks.pixels.photontransfer import Measured
from plateworks.planning.run import plan_run
from plateworks.products.gainfile import AmplifierGains, MeasuredGain, write_gains
from plateworks.report.leftover import left_over
from plateworks.report.remarks import remarks


def planned(raw, tmp_path, **changes):
    return plan_run(settings(raw, tmp_path / "out", **changes), rescan=True)


@pytest.fixture
def raw(tmp_path):
    return write_amplified(tmp_path / "raw")


def sentence(plan):
    [said] = [one for one in remarks(plan) if "gains of the 4 amplifiers" in one]
    return said


def names(plan):
    [one] = plan.gains.measured
    return [
        sorted({frame.path.rpartition("/")[2] for pairs in one.pairs for frame in part(pairs)})
        for part in (lambda pairs: pairs.flats, lambda pairs: pairs.darks)
    ]


def test_all_frames_are_told_the_gains_that_flats_and_bias_frames_measure(raw, tmp_path):
    plan = planned(raw, tmp_path)
    [one] = plan.gains.measured
    assert one.path == f"{tmp_path}/out/amplifiers/{one.setup}/gains_20250815.json"
    assert names(plan) == [[f"{kind}15_{i}.fits" for i in range(3)] for kind in ("flat", "bias")]
    assert {frame.amplifiers for frame in plan.frames} == {"measured"}
    orders = Jobs(plan).orders
    assert len(plan.to_calibrate) == 3
    for master in plan.to_make:
        assert {frame.assembly.gains for frame in orders.master(master).frames} == {one.path}
    assert {orders.light(light).frame.assembly.gains for light in plan.lights} == {one.path}
    said = sentence(plan)
    assert "are measured by 3 flats of 20250815 and 3 frames without light" in said
    assert "as no header tells them" in said


def test_the_file_of_gains_is_an_input_of_all_that_is_made_of_frames(raw, tmp_path):
    lookup = Lookup(Jobs(planned(raw, tmp_path)))
    [one] = lookup.jobs.plan.gains.measured
    for master in lookup.jobs.plan.to_make:
        below = SimpleNamespace(master=master.path.removeprefix(f"{tmp_path}/out/"))
        assert one.path in lookup.files_of_master(below)
    lights = lookup.jobs.calibration(lookup.jobs.plan.to_calibrate).lights
    assert [one.path in lookup.jobs.files.made(files_of([light])) for light in lights] == [True] * 3


def test_the_job_that_measures_opens_raw_frames_that_are_told_no_gains(raw, tmp_path):
    lookup = Lookup(Jobs(planned(raw, tmp_path)))
    gains = GainsLookup(lookup)
    [one] = lookup.jobs.plan.gains.measured
    wildcards = SimpleNamespace(gains=one.path.removeprefix(f"{tmp_path}/out/"))
    [night] = gains.order(wildcards)["nights"]
    [pairs] = night["pairs"]
    assert len(pairs["flats"]) == len(pairs["darks"]) == 3
    assert pairs["of_reading"]
    assert not any("gains" in frame["assembly"] for frame in pairs["flats"])
    assert gains.files(wildcards) == []
    assert gains.demand(wildcards).held_mb > 0


def lookup_of(raw, tmp_path):
    """Return the jobs that measure gains, and the wildcards and the path of the only one."""
    lookup = Lookup(Jobs(planned(raw, tmp_path)))
    [one] = lookup.jobs.plan.gains.measured
    below = one.path.removeprefix(f"{tmp_path}/out/")
    return GainsLookup(lookup), SimpleNamespace(gains=below), one.path


def nights_of(raw, tmp_path):
    gains, wildcards, _ = lookup_of(raw, tmp_path)
    return [night["night"] for night in gains.order(wildcards)["nights"]]


KNOWN = AmplifierGains((MeasuredGain(Measured(1.2, 0.01)),) * 4)
UNKNOWN = AmplifierGains((), "saturated")


@pytest.mark.parametrize(
    ("served", "again"),
    [(0, False), (1, False), (None, True)],
    ids=["by the first", "by the next", "by none"],
)
def test_a_later_night_is_tried_only_where_no_nearer_one_tells_gains(raw, tmp_path, served, again):
    write_amplified(raw, day=16)
    gains, wildcards, path = lookup_of(raw, tmp_path)
    order = gains.order(wildcards)
    assert gains.told(wildcards) == order["told"]
    tried = [
        Tried(night["night"], night["told"], "" if i == served else "saturated")
        for i, night in enumerate(order["nights"][: 2 if served is None else served + 1])
    ]
    found = UNKNOWN if served is None else KNOWN
    write_gains(path, found, [""] * 4, [], order["told"], tried)
    assert lookup_of(raw, tmp_path)[0].told(wildcards) == order["told"]
    write_amplified(raw, day=19, seed=8)
    assert nights_of(raw, tmp_path) == ["20250815", "20250816", "20250819"]
    assert (lookup_of(raw, tmp_path)[0].told(wildcards) != order["told"]) == again
    # Frames that were tried and are others by now are another matter.
    (raw / "flat15_0.fits").unlink()
    assert lookup_of(raw, tmp_path)[0].told(wildcards) != order["told"]


def test_the_plan_says_which_night_served_and_why_the_nearer_did_not(raw, tmp_path):
    write_amplified(raw, day=16)
    assert "; of 1 later night, the nearest first, where these tell none" in sentence(
        planned(raw, tmp_path)
    )
    gains, wildcards, path = lookup_of(raw, tmp_path)
    first, second = (night["told"] for night in gains.order(wildcards)["nights"])
    tried = [Tried("20250815", first, "amplifier 2: saturated"), Tried("20250816", second)]
    write_gains(path, KNOWN, [""] * 4, [], "0123456789abcdef", tried)
    said = [one for one in remarks(planned(raw, tmp_path)) if "were measured by the flats" in one]
    assert said == [
        f"The gains in {path} were measured by the flats of 20250816, since nearer ones do not "
        "tell them (those of 20250815: amplifier 2: saturated)."
    ]


def test_a_later_night_changes_nothing_that_was_measured(raw, tmp_path):
    first = names(planned(raw, tmp_path))
    write_amplified(raw, day=17, seed=9)
    plan = planned(raw, tmp_path)
    assert names(plan) == first
    assert len(plan.to_calibrate) == 6
    assert {frame.amplifiers for frame in plan.frames} == {"measured"}


def test_lights_of_one_night_get_the_gains_of_another(tmp_path):
    write_amplified(tmp_path / "raw", day=12, kinds=(KINDS[0], KINDS[2]))
    write_amplified(tmp_path / "raw", day=15, kinds=(KINDS[1], KINDS[3]))
    plan = planned(tmp_path / "raw", tmp_path)
    [one] = plan.gains.measured
    assert one.session == "20250812"
    assert {frame.amplifiers for frame in plan.frames} == {"measured"}


def test_flat_darks_serve_where_there_are_no_bias_frames(tmp_path):
    kinds = (("dark", 1.0), *KINDS[1:])
    plan = planned(write_amplified(tmp_path / "raw", kinds=kinds[:1] + kinds[2:]), tmp_path)
    assert names(plan)[1] == [f"dark15_{i}.fits" for i in range(3)]
    lookup = Lookup(Jobs(plan))
    below = plan.gains.measured[0].path.removeprefix(f"{tmp_path}/out/")
    [night] = GainsLookup(lookup).order(SimpleNamespace(gains=below))["nights"]
    [pairs] = night["pairs"]
    assert not pairs["of_reading"]


@pytest.mark.parametrize(
    ("kinds", "missing"),
    [
        (KINDS[1:], "two bias frames, or flat-darks that last as long as the flats, are missing"),
        (KINDS[:2], "two flats are missing"),
        (KINDS[3:], "two flats and two bias frames or flat-darks are missing"),
    ],
)
def test_what_is_missing_is_said_with_the_remedy(tmp_path, kinds, missing):
    plan = planned(write_amplified(tmp_path / "raw", kinds=kinds), tmp_path)
    assert not plan.gains.measured
    assert {frame.amplifiers for frame in plan.frames} == {"as read"}
    said = sentence(plan)
    assert missing in said
    assert "each stays as it is read, and the flat evens the seams" in said
    assert "profile of the camera (profiles, amplifiers: gain)" in said


def test_one_flat_is_no_pair(tmp_path):
    raw = write_amplified(tmp_path / "raw", kinds=(KINDS[0], KINDS[3]))
    write_amplified(raw, kinds=(KINDS[2],), count=1)
    assert "two flats are missing" in sentence(planned(raw, tmp_path))


def test_headers_that_tell_gains_are_believed_unless_measured_ones_are_asked_for(tmp_path):
    raw = write_amplified(tmp_path / "raw", gains=True)
    plan = planned(raw, tmp_path)
    assert plan.gains.measured == ()
    assert {frame.amplifiers for frame in plan.frames} == {"0.941 1.18 1.1 0.784"}
    plan = planned(raw, tmp_path, calibrate={"amplifier_gains": "measured"})
    assert {frame.amplifiers for frame in plan.frames} == {"measured"}
    assert "as calibrate.amplifier_gains asks for them" in sentence(plan)


def test_measured_gains_that_cannot_be_had_leave_those_of_headers(tmp_path):
    raw = write_amplified(tmp_path / "raw", gains=True, kinds=KINDS[1:])
    plan = planned(raw, tmp_path, calibrate={"amplifier_gains": "measured"})
    assert {frame.amplifiers for frame in plan.frames} == {"0.941 1.18 1.1 0.784"}
    assert "they are brought to one gain as headers tell" in sentence(plan)


def test_by_headers_alone_nothing_is_measured(raw, tmp_path):
    plan = planned(raw, tmp_path, calibrate={"amplifier_gains": "header"})
    assert not plan.gains.measured
    assert {frame.amplifiers for frame in plan.frames} == {"as read"}
    assert not any("gains of the 4 amplifiers" in one for one in remarks(plan))


def test_flats_that_lack_a_gain_meet_lights_that_have_it(tmp_path):
    raw = write_amplified(tmp_path / "raw", gains=True)
    for path in raw.glob("flat*"):
        with fits.open(path, mode="update") as hdus:
            del hdus[2].header["GAIN"]
    plan = planned(raw, tmp_path)
    assert {frame.amplifiers for frame in plan.frames} == {"measured"}
    assert len(plan.to_calibrate) == 3


def test_cameras_and_gain_settings_are_measured_each_by_themselves(tmp_path):
    raw = write_amplified(tmp_path / "raw" / "a", egain=1.3)
    write_amplified(tmp_path / "raw" / "b", egain=2.9, seed=4)
    write_amplified(tmp_path / "raw" / "c", instrume="another", seed=5)
    plan = planned(raw.parent, tmp_path)
    paths = {one.path for one in plan.gains.measured}
    assert len(paths) == len(plan.gains.measured) == 3
    for one in plan.gains.measured:
        folders = {frame.path.split("/")[-2] for p in one.pairs for frame in (*p.flats, *p.darks)}
        assert len(folders) == 1


def master(path, kind, **cards):
    write_frame(
        path, f"Master {kind}", width=64, height=64, instrume="kb42", ncombine=9, xbinning=1,
        ybinning=1, calstat="O", filter="r", pwvers="1", **cards,
    )  # fmt: skip


SHARES = "measured 0.94118 1.1765 1.098 0.78431"


def library(folder, shares=SHARES):
    for kind, seconds in (("Dark", 60.0), ("Flat", 1.0)):
        master(folder / f"{kind}.fits", kind, exptime=seconds, egain=1.275, pwshares=shares)
    return str(folder)


def test_masters_of_a_library_tell_lights_by_what_they_were_measured(tmp_path):
    raw = write_amplified(tmp_path / "raw", kinds=KINDS[3:])
    plan = planned(raw, tmp_path, library=[library(tmp_path / "library")])
    assert not plan.gains.measured
    assert {frame.amplifiers for frame in plan.frames} == {SHARES}
    assert len(plan.to_calibrate) == 3
    told = Jobs(plan).orders.light(plan.lights[0]).frame.assembly
    assert told.gains is None
    assert [one.gain for one in told.readout.amplifiers] == pytest.approx(
        [1.2, 1.5, 1.4, 1.0], rel=1e-4
    )
    assert any("brought to one gain by what" in one for one in remarks(plan))


def test_masters_that_were_made_of_frames_as_read_do_not_serve_measured_ones(raw, tmp_path):
    plan = planned(raw, tmp_path, library=[library(tmp_path / "library", "as read")])
    refusals = list(plan.matcher.misses(plan.lights[0].need, "flat"))
    words = [str(one.found) for one in refusals if one.field == "gains of amplifiers"]
    assert words == ["as read"]


def gain_cards(keyword):
    return {f"{keyword}{1 + n}": one.gain for n, one in enumerate(quarters(64, 64))}


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        ({"pwnamp": 4}, "as read"),
        ({"pwnamp": 4, **gain_cards("pwagan")}, "0.941 1.18 1.1 0.784"),
        ({"pwnamp": 4, **gain_cards("pwagain")}, "0.941 1.18 1.1 0.784"),
        ({"pwnamp": 1}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_masters_that_tell_no_shares_tell_them_by_the_gains_that_they_name(tmp_path, cards, told):
    """Those that were made before PWSHARES was written are compared as all others are."""
    raw = write_amplified(tmp_path / "raw", kinds=KINDS[3:])
    master(tmp_path / "library" / "flat.fits", "Flat", exptime=1.0, **cards)
    plan = planned(raw, tmp_path, library=[str(tmp_path / "library")])
    [found] = plan.found
    assert found.setup.amplifiers == told


def test_frozen_gains_stay_as_they_are(raw, tmp_path):
    [one] = planned(raw, tmp_path).gains.measured
    path = tmp_path / "out" / one.path.removeprefix(f"{tmp_path}/out/")
    path.parent.mkdir(parents=True)
    path.write_text('{"PWVERS": "1"}')
    plan = planned(raw, tmp_path, masters={"freeze": True})
    assert plan.gains.to_make == []
    lookup = Lookup(Jobs(plan))
    below = SimpleNamespace(master=plan.to_make[0].path.removeprefix(f"{tmp_path}/out/"))
    before = lookup.told_of_master(below)
    path.write_text('{"PWVERS": "2"}')
    assert Lookup(Jobs(plan)).told_of_master(below) != before


def test_gains_of_a_camera_that_is_gone_are_left_over(raw, tmp_path):
    plan = planned(raw, tmp_path)
    old = tmp_path / "out" / "amplifiers" / "old" / "gains_20250101.json"
    old.parent.mkdir(parents=True)
    old.write_text('{"PWVERS": "1"}')
    [found] = left_over(plan)
    assert (found.kind, found.why) == (
        "amplifier gains",
        "no frame of the plan is put together by it",
    )


def test_flats_that_are_made_of_several_frames_are_named_and_not_measured(tmp_path):
    """Whose amplifiers are in one image, so that they serve as masters."""
    raw = tmp_path / "raw"
    random, drawn = np.random.default_rng(3), halves(64, 64)
    for kind, seconds, count in (("bias", 0.0, 1), ("flat", 1.0, 2), ("light", 60.0, 1)):
        for i in range(2):
            path = raw / f"{kind}{i}.fits"
            write_image(
                path, np.full((64, 64), 2e4 if seconds else 0.0), drawn, random, imagetyp=kind,
                exptime=seconds, filter="r", date_obs=f"2025-08-15T2{i}:00:00", ncombine=count,
            )  # fmt: skip
            with fits.open(path, mode="update") as hdus:
                del hdus[0].header["GAIN1"], hdus[0].header["GAIN2"]
    plan = planned(raw, tmp_path, calibrate={"allow_uncalibrated": True, "overscan": "auto"})
    assert not plan.gains.measured
    [said] = [one for one in remarks(plan) if "gains of the 2 amplifiers" in one]
    assert "two flats" in said
    assert f"({raw}/flat0.fits and 1 more: of several frames each, by which none is" in said
