"""What a capture will take, and what it took, as people read it."""

from frames import settings
from plateworks.camera.manifest import Row, write_manifest
from plateworks.camera.told import foretold, summed
from plateworks.jobs.capture import Capture


def lines(rules, **capture):
    return foretold(Capture.of(settings("raw", capture=capture)).of_rules(rules))


def test_a_dry_run_tells_frames_exposures_filters_temperature_and_minutes():
    told = lines(
        {"capture_flats", "capture_flatdarks", "capture_darks", "capture_bias", "all"},
        filters=["L", "Ha"],
        gain=100,
        cooling={"target": -10.0},
        flats={"num_flats": 12, "flat_exposure_time": None},
        flatdarks={"num_flatdarks": 5},
        darks={"num_darks": 20, "science_exposure_time": 60.0, "exposure_factors": [1.0]},
        bias={"num_bias": 30},
    )
    assert told[2:] == [
        "  12 x flat in L  at -10 °C, gain 100, exposures are searched",
        "  12 x flat in Ha  at -10 °C, gain 100, exposures are searched",
        "  5 x flat-dark  at each exposure that flats get",
        "  20 x dark of 60 s  at -10 °C, gain 100, 20.0 min",
        told[-1],
    ]
    assert told[-1].startswith("  30 x bias of ")


def test_a_run_without_captures_tells_of_none():
    assert lines({"all", "master_bias"}) == []


def test_a_science_exposure_that_cannot_be_is_said_by_a_dry_run():
    darks = {"science_exposure_time": 600.0, "max_exposure": 300.0}
    assert "outside capture.darks.min_exposure" in lines({"capture_darks"}, darks=darks)[-1]


def row(number: int, flags: str = "", **of) -> Row:
    measured = (100.0, 3.0, 90, 120, 100.0, 0.0, -10.0, -10.0)
    told = {"kind": "flat", "series": "a", "filter": "Ha", "exposure_s": 2.5} | of
    path = f"raw/flats/{number}.fits"
    order = (told["kind"], told["series"], number, told["filter"], told["exposure_s"])
    return Row(path, *order, "2025-08-15T20:00:00", *measured, "", flags)


def test_the_end_tells_how_many_frames_were_taken_how_many_are_flagged_and_where_they_lie(tmp_path):
    flats, bias = str(tmp_path / "flats.csv"), str(tmp_path / "bias.csv")
    write_manifest([row(1), row(2, "drift: median +9 ADU", exposure_s=3.5)], flats)
    write_manifest([row(3, kind="bias", series="b", filter=None, exposure_s=0.001)], bias)
    assert summed([flats, bias])[2:] == [
        f"  2 frames of flat, Ha, 2.5 s to 3.5 s in raw/flats; 1 flagged, see {flats}",
        "  1 frame of bias, 0.001 s in raw/flats",
    ]
    assert summed([]) == []
