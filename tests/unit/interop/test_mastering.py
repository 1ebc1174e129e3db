"""Masters by PixInsight: a stand-in for the program runs the scripts."""

import json
import logging
import os
import signal
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from blocked import blocked, said_to_the_end
from orders import PROGRAM, frame_order, master_order
from pixinsightprogram import close
from plateworks.errors import FrameError, PlateworksError
from plateworks.interop.mastering import adopt, integrate, write_script
from plateworks.interop.pixinsight import find_binary
from plateworks.metadata.caveats import CAVEAT
from plateworks.metadata.frametable import read_frames
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.integration import IntegratedFrame, IntegrationOrder, WinsorizedLimits
from plateworks.products.imagefiles import read_image
from plateworks.records import plain


@pytest.fixture
def darks(tmp_path):
    """The files of three darks."""
    rng = np.random.default_rng(3)
    raws = []
    for number in range(3):
        raw = tmp_path / "raw d'été" / f"dark {number}.fits"
        raw.parent.mkdir(exist_ok=True)
        header = fits.Header(
            [("IMAGETYP", "DARK"), ("INSTRUME", "ASI"), ("EXPTIME", 60.0), ("GAIN", 100),
             ("OFFSET", 50), ("SET-TEMP", -10.0), ("READOUTM", "Fast"),
             ("DATE-OBS", f"2026-01-27T20:0{number}:00")]
        )  # fmt: skip
        fits.writeto(raw, rng.integers(400, 600, (20, 30)).astype(np.uint16), header)
        raws.append(raw)
    return raws


@pytest.fixture
def order(darks, tmp_path):
    """What PixInsight is to make of them."""
    return IntegrationOrder(
        name="masterDark",
        kind="dark",
        frames=tuple(IntegratedFrame(raw=str(raw)) for raw in darks),
        rejection=WinsorizedLimits(low=4.0, high=3.0, cutoff=5.0),
        integrated=str(tmp_path / "out" / "masterDark.xisf"),
        calibrated=str(tmp_path / "out" / "calibrated"),
    )


@pytest.fixture
def master(darks):
    """What is to be made of PixInsight's image."""
    return master_order("dark", darks)


@pytest.fixture
def run(order, pixinsight, tmp_path):
    """A function that integrates, with the stand-in behaving in some way."""

    def integrating(behaviour="", order=order, **changes):
        (pixinsight.parent / "behaviour").write_text(behaviour)
        program = replace(PROGRAM, **{"binary": str(pixinsight), **changes})
        integrate(order, program, tmp_path / "logs")

    return integrating


def test_script_and_log_bear_the_same_second_and_the_command_line_is_the_guides(
    run, tmp_path, pixinsight
):
    run()
    [script, log] = sorted(os.listdir(tmp_path / "logs"))
    assert script.removesuffix(".js") == log.removesuffix(".log")
    stamp, name = script.split("_masterDark")
    time.strptime(stamp, "%Y%m%d_%H%M%S")
    assert name == ".js"
    arguments = (pixinsight.parent / "arguments").read_text().splitlines()
    assert arguments == [
        "--automation-mode", "-n=123", f"-r={tmp_path / 'logs' / script}", "--force-exit",
    ]  # fmt: skip
    assert "Made: " in (tmp_path / "logs" / log).read_text()


def test_what_pixinsight_prints_is_in_the_log_of_the_job(run, caplog):
    caplog.set_level(logging.INFO, "plateworks")
    run()
    assert "some words on the standard output" in caplog.text
    assert "ended with status 0" in caplog.text


def test_another_instance_can_be_asked_for(run, pixinsight):
    run(instance=7)
    assert "-n=7" in (pixinsight.parent / "arguments").read_text()


def test_pixinsight_may_stay_open_and_the_run_goes_on(run, pixinsight, order):
    run(force_exit=False)
    close(pixinsight)
    assert "--force-exit" not in (pixinsight.parent / "arguments").read_text()
    assert os.path.exists(order.integrated)


def test_a_script_that_fails_is_an_error_though_the_status_is_0(run):
    with pytest.raises(PlateworksError, match=r"(?s)status 0.*is missing.*FAILED.*\.js"):
        run("fail")


def test_silence_is_an_error_though_the_status_is_0(run):
    with pytest.raises(PlateworksError, match=r"status 0.*is missing.*It wrote no log .*nothing"):
        run("silent")


def test_an_image_that_is_there_counts_whatever_the_status(run, order):
    run("status")
    assert os.path.exists(order.integrated)


def test_an_image_of_an_earlier_run_is_no_success(run, order):
    run()
    with pytest.raises(PlateworksError, match="is missing"):
        run("silent")
    assert not os.path.exists(order.integrated)


def test_half_an_image_is_an_error(run):
    with pytest.raises(PlateworksError, match="shorter than its header promises"):
        run("truncate")


def test_a_program_that_hangs_is_ended(run):
    with pytest.raises(PlateworksError, match=r"pixinsight\.time_limit_min.*is missing"):
        run("hang", time_limit_min=0.001)


def test_a_job_that_is_stopped_takes_pixinsight_along(tmp_path):
    os.mkfifo(tmp_path / "line")
    binary = tmp_path / "PixInsight"
    hanging = "print('ready', file=line, flush=True); signal.pause()"
    binary.write_text(
        f"#!{sys.executable}\nimport signal\nwith open({str(tmp_path / 'line')!r}, 'w') as line:\n"
        f"    {hanging}\n"
    )
    binary.chmod(0o755)
    code = (
        "from plateworks.interop.pixinsight import run_script; import json, sys\n"
        "from plateworks.orders.integration import ProgramOrder\n"
        "from plateworks.stopping import guarded\n"
        "program = ProgramOrder(**json.loads(sys.argv[1]))\n"
        "with guarded(): run_script('a.js', 'a.log', [], program)"
    )
    program = json.dumps(plain(replace(PROGRAM, binary=str(binary))))
    with blocked(["-c", code, program]) as job, open(tmp_path / "line") as line:
        assert line.readline() == "ready\n"
        job.send_signal(signal.SIGTERM)
        assert line.read() == ""  # its end: PixInsight is gone
        said_to_the_end(job)
    assert job.returncode == 128 + signal.SIGTERM


def test_no_pixinsight_is_said_with_the_ways_out(monkeypatch, run):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PlateworksError, match=r"/no/where is no program.*script_only: true"):
        run(binary="/no/where")
    with pytest.raises(PlateworksError, match=r"not in the usual places.*pixinsight\.binary"):
        find_binary(None)


def test_a_comma_in_the_folder_is_said_before(pixinsight, tmp_path, order):
    with pytest.raises(PlateworksError, match="takes a comma"):
        integrate(order, replace(PROGRAM, binary=str(pixinsight)), tmp_path / "a,b")


def test_two_scripts_of_one_second_have_two_names(tmp_path, order):
    assert write_script([order], tmp_path) != write_script([order], tmp_path)


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_the_master_has_adu_and_the_cards_that_pixinsight_drops(
    run, tmp_path, ending, order, master, darks
):
    run()
    output = tmp_path / f"masterDark.{ending}"
    adopt(master, order.integrated, str(output))
    image = read_image(output)
    header = image.header
    raws = [fits.getdata(raw).astype(float) for raw in darks]
    np.testing.assert_allclose(image.data, np.mean(raws, axis=0), atol=0.01)
    assert (header["IMAGETYP"], header["NCOMBINE"]) == ("Master Dark", 3)
    assert (header["COMBMETH"], header["PWENGINE"]) == ("winsorized", "PixInsight")
    assert [header[key] for key in ("GAIN", "OFFSET", "SET-TEMP", "READOUTM", "BIASSUB")] == [
        100, 50, -10, "Fast", False,
    ]  # fmt: skip
    assert "Integration with ImageIntegration process" in list(header["HISTORY"])
    frame = read_frame(output)
    assert (frame.kind, frame.is_master, frame.gain, frame.set_temp) == ("dark", True, 100, -10)
    assert frame.notes == ()


def test_bias_is_taken_out_of_darks_that_shall_hold_none(run, tmp_path, order, master, darks):
    run()
    bias = tmp_path / "bias.fits"
    fits.writeto(
        bias, np.full((20, 30), 300, np.float32), fits.Header([("IMAGETYP", "Master Bias")])
    )
    taken = Subtraction(bias=str(bias))
    without = master_order("dark", [frame_order(raw, subtraction=taken) for raw in darks])
    for name, one in (("with.fits", master), ("without.fits", without)):
        adopt(one, order.integrated, str(tmp_path / name))
    inside, outside = (read_image(tmp_path / name) for name in ("with.fits", "without.fits"))
    np.testing.assert_allclose(outside.data, inside.data - 300, atol=1e-3)
    assert (inside.header["BIASSUB"], outside.header["BIASSUB"]) == (False, True)


@pytest.fixture
def flats(tmp_path):
    """Four flats of 2 to 5 s with a bias and a dark of 10 s: both orders, and the last flat."""
    rng = np.random.default_rng(5)

    def frame(name, kind, seconds, level):
        header = fits.Header([("IMAGETYP", kind), ("EXPTIME", seconds), ("FILTER", "L")])
        pixels = rng.integers(level, level + 200, (20, 30)).astype(np.uint16)
        fits.writeto(tmp_path / name, pixels, header)
        return str(tmp_path / name)

    bias, dark = frame("b.fits", "Bias", 0.0, 300), frame("d.fits", "Dark", 10.0, 500)
    raws = [frame(f"flat été {i}.fits", "Flat", 2.0 + i, 20_000) for i in range(4)]
    taken = Subtraction(bias=bias, dark=ScaledDark(path=dark, k=1.0, bias_inside=True))
    integration = IntegrationOrder(
        name="masterFlat",
        kind="flat",
        frames=tuple(
            IntegratedFrame(raw=raw, bias=bias, dark=dark, bias_inside=True) for raw in raws
        ),
        rejection=WinsorizedLimits(low=4.0, high=3.0, cutoff=5.0),
        integrated=str(tmp_path / "out" / "masterFlat.xisf"),
        calibrated=str(tmp_path / "out" / "calibrated"),
    )
    master = master_order("flat", [frame_order(raw, subtraction=taken) for raw in raws])
    return integration, master, raws[3]


def adopted(run, flats, tmp_path, behaviour=""):
    """Return the header and the table FRAMES of a master flat by PixInsight."""
    integration, master, _ = flats
    run(behaviour, order=integration)
    adopt(master, integration.integrated, str(tmp_path / "flat.fits"))
    return read_image(tmp_path / "flat.fits").header, read_frames(tmp_path / "flat.fits")


def scales(header):
    return [line for line in header["HISTORY"] if line.startswith("dark scaled")]


def test_by_how_much_pixinsight_scaled_each_dark_is_told(run, flats, tmp_path):
    header, rows = adopted(run, flats, tmp_path)
    assert header["NCOMBINE"] == 4 and all(row.used for row in rows)
    names = [rf"flat \xe9t\xe9 {i}.fits" for i in range(4)]
    assert scales(header) == [
        f"dark scaled by {k} for {name}"
        for k, name in zip(("0.2", "0.3", "0.4", "0.5"), names, strict=True)
    ]
    assert CAVEAT not in header and "Plateworks." not in str(header["HISTORY"])


def test_a_flat_that_pixinsight_could_not_calibrate_is_counted_and_named(run, flats, tmp_path):
    header, rows = adopted(run, flats, tmp_path, f"unreadable {flats[2]}")
    assert header["NCOMBINE"] == 3 and CAVEAT not in header
    assert header["EXPTIME"] == 3.0  # the mean of those that are in it
    assert [row.used for row in rows] == [True, True, True, False]
    assert rows[3].reason == "PixInsight could not calibrate it"
    history = "".join(header["HISTORY"])
    assert "flat \\xe9t\\xe9 2.fits" in history and "flat \\xe9t\\xe9 3.fits" not in history


def test_frames_that_pixinsight_left_out_in_silence_are_counted(run, flats, tmp_path):
    header, rows = adopted(run, flats, tmp_path, "fewer")
    assert header["NCOMBINE"] == 3 and rows == ()
    assert header[CAVEAT] == "PixInsight integrated 3 of 4 frames, which is not known"


def test_what_an_image_does_not_tell_is_said_to_be_unknown(run, flats, tmp_path):
    header, rows = adopted(run, flats, tmp_path, "mute")
    assert "NCOMBINE" not in header and rows == ()
    assert header[CAVEAT] == "how many of 4 frames PixInsight integrated is not known"
    assert len(scales(header)) == 4
    assert all("by PixInsight, K is not known" in line for line in scales(header))


@pytest.mark.parametrize("dtype", ["uint8", "uint32"])
def test_masters_have_the_numbers_of_their_frames_whatever_their_depth(
    run, tmp_path, dtype, order, master, darks
):
    frames = [np.full((20, 30), level, dtype) for level in (30, 40, 50)]
    for raw, frame in zip(darks, frames, strict=True):
        header = fits.Header([("IMAGETYP", "DARK"), ("EXPTIME", 60.0)])
        fits.writeto(raw, frame, header, overwrite=True)
    run()
    adopt(master, order.integrated, str(tmp_path / "a.fits"))
    np.testing.assert_allclose(fits.getdata(tmp_path / "a.fits"), 40, rtol=1e-5)


def test_a_master_that_pixinsight_would_read_wrongly_is_refused(tmp_path, order):
    adu, unit = tmp_path / "adu.fits", tmp_path / "unit.fits"
    fits.writeto(adu, np.full((20, 30), 300, np.float32))
    fits.writeto(unit, np.full((20, 30), 0.005, np.float32))

    def with_bias(bias):
        frames = tuple(replace(frame, bias=str(bias)) for frame in order.frames)
        return replace(order, kind="flat", frames=frames)

    with pytest.raises(FrameError, match=r"adu\.fits: is floating-point FITS in ADU"):
        write_script([with_bias(adu)], tmp_path / "logs")
    assert not (tmp_path / "logs").exists()
    assert write_script([with_bias(unit)], tmp_path / "logs").exists()


def test_the_same_image_makes_the_same_master(run, tmp_path, order, master):
    run()
    for name in ("a.fits", "b.fits"):
        adopt(master, order.integrated, str(tmp_path / name))
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()


def test_an_image_of_another_size_is_refused(run, order, master, darks):
    run()
    fits.writeto(
        darks[0], np.zeros((5, 5), np.uint16), overwrite=True,
        header=fits.Header([("IMAGETYP", "DARK")]),
    )  # fmt: skip
    with pytest.raises(FrameError, match=r"size \(20, 30\).*of \(5, 5\)"):
        adopt(master, order.integrated, "unused.fits")
