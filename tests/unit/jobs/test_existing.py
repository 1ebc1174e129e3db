"""Which files lie where products will, and are not those; the real graph is asked in tests/dag."""

import errno
import os
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

from frames import settings, write_frame, write_night
from orders import HOT
from plateworks.errors import ConfigError
from plateworks.jobs.existing import settle
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import IntegrationLookup, Lookup
from plateworks.jobs.pixinsight import Integration
from plateworks.planning.run import plan_run
from plateworks.products.cosmetics import make_cosmetic_list
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image


def jobs_of(tmp_path, **changes) -> Jobs:
    write_night(tmp_path / "raw")
    return Jobs(plan_run(settings(tmp_path / "raw", tmp_path / "results", **changes), rescan=True))


def products(jobs) -> dict[str, str]:
    """Return a product of each kind, by the key of its name."""
    return {
        "dark": next(one.path for one in jobs.plan.to_make if one.source.key.kind == "dark"),
        "badpix": next(path for path in jobs.cosmetic_files() if path.endswith(".fits")),
        "calibrated": jobs.calibrated_files()[1],
        "solved": jobs.solved_files()[0],
    }


@pytest.mark.parametrize("key", ["dark", "badpix", "calibrated", "solved"])
def test_an_image_of_another_program_is_neither_taken_for_a_product_nor_lost(tmp_path, key):
    jobs = jobs_of(tmp_path)
    path = products(jobs)[key]
    theirs = write_frame(path, "LIGHT", swcreate="Another")
    before = theirs.read_bytes()
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was not written.*names\.{key}"):
        settle(Lookup(jobs))
    assert theirs.read_bytes() == before
    assert settle(Lookup(jobs_of(tmp_path, existing="remake"))).anew == {path}
    write_frame(path, "LIGHT", pwvers="0.1.0")
    assert settle(Lookup(jobs)) == (frozenset(), "")


@pytest.mark.parametrize("existing", ["refuse", "keep", "remake"])
@pytest.mark.parametrize("key", ["dark", "badpix", "calibrated", "solved"])
def test_a_product_that_cannot_be_read_is_not_called_anothers_nor_made_anew(
    tmp_path, existing, key, monkeypatch
):
    jobs = jobs_of(tmp_path, existing=existing)
    path = products(jobs)[key]
    write_frame(path, "LIGHT", pwvers="0.1.0")

    really = open

    def refused(file, *arguments, **settings):
        if file == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return really(file, *arguments, **settings)

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} cannot be read .*looks again"):
        settle(Lookup(jobs))


@pytest.mark.parametrize("existing", ["refuse", "keep", "remake"])
@pytest.mark.parametrize("key", ["dark", "badpix", "calibrated", "solved"])
@pytest.mark.parametrize(
    ("put", "said"),
    [
        (Path.mkdir, "is a folder, where a product belongs"),
        (lambda path: path.symlink_to("nowhere"), "is a link that leads to no file, where"),
        (lambda path: path.symlink_to(path.name), "is a link that leads to no file, where"),
        (lambda path: path.symlink_to(path.parent), "is a folder, where a product belongs"),
        (os.mkfifo, "is no file, but a pipe or a device, where"),
    ],
)
def test_what_is_no_file_is_neither_taken_for_a_product_nor_removed_nor_waited_for(
    tmp_path, existing, key, put, said
):
    jobs = jobs_of(tmp_path, existing=existing)
    path = Path(products(jobs)[key])
    path.parent.mkdir(parents=True)
    put(path)
    with pytest.raises(ConfigError, match=rf"{re.escape(str(path))} {said}"):
        settle(Lookup(jobs))
    assert os.path.lexists(path)


def test_a_model_of_the_dark_and_its_darks_are_products_like_others(tmp_path):
    for exposure in (30, 120, 300):
        for n in range(3):
            date = f"2025-08-14T2{n}:0{exposure // 100}:00"
            path = tmp_path / "raw" / f"dark_{exposure}_{n}.fits"
            write_frame(path, "DARK", exptime=exposure, date_obs=date)
    on = {"masters": {"dark_model": True}, "matching": {"dark_policy": "scale"}}
    write_frame(tmp_path / "raw" / "long.fits", "LIGHT", exptime=200.0, filter="L")
    jobs = jobs_of(tmp_path, **on)
    [model], [dark] = jobs.model_files(), jobs.dark_models.darks
    for path in (model, dark):
        write_frame(path, "DARK")
        with pytest.raises(ConfigError, match=rf"{re.escape(path)} was not written") as refused:
            settle(Lookup(jobs))
        assert "names." not in str(refused.value)
        Path(path).unlink()
    for path in (model, dark):
        write_frame(path, "DARK", pwvers="0.1.0", pwtold="0123456789abcdef")
    remade = settle(Lookup(jobs_of(tmp_path, existing="remake", **on)))
    assert remade.anew == {model, dark}
    with pytest.raises(ConfigError, match="made by other settings"):
        settle(Lookup(jobs))


def test_a_link_to_a_file_is_that_file(tmp_path):
    jobs = jobs_of(tmp_path)
    path = Path(products(jobs)["calibrated"])
    path.parent.mkdir(parents=True)
    path.symlink_to(write_frame(tmp_path / "elsewhere.fits", "LIGHT", pwvers="0.1.0"))
    assert settle(Lookup(jobs)) == (frozenset(), "")


@pytest.mark.parametrize("left", [b"", b"\x89PNG, and no FITS"])
@pytest.mark.parametrize("key", ["dark", "calibrated"])
def test_what_an_interrupted_program_left_is_not_taken_for_a_product(tmp_path, key, left):
    jobs = jobs_of(tmp_path)
    path = Path(products(jobs)[key])
    path.parent.mkdir(parents=True)
    path.write_bytes(left)
    with pytest.raises(ConfigError, match=rf"{re.escape(str(path))} was not written"):
        settle(Lookup(jobs))
    assert settle(Lookup(jobs_of(tmp_path, existing="remake"))).anew == {str(path)}


@pytest.mark.parametrize("text", ["", "P 3 4\n"])
def test_a_list_that_was_typed_or_is_of_another_program_is_not_lost(tmp_path, text):
    jobs = jobs_of(tmp_path)
    path = next(path for path in jobs.cosmetic_files() if path.endswith(".lst"))
    Path(path).parent.mkdir(parents=True)
    Path(path).write_text(text)
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was not written.*names\.cosmetic"):
        settle(Lookup(jobs))
    assert Path(path).read_text() == text
    assert settle(Lookup(jobs_of(tmp_path, existing="remake"))).anew == {path}
    make_cosmetic_list(HOT, jobs.plan.frames[0].path, path)
    assert settle(Lookup(jobs)) == (frozenset(), "")


def test_of_many_images_of_another_program_the_first_is_named_and_the_others_counted(tmp_path):
    jobs = jobs_of(tmp_path)
    for path in jobs.calibrated_files():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(b"XISF0100 by another program")
    with pytest.raises(ConfigError, match=r"light_0000\.fits was .* \(and 2 more like it\)"):
        settle(Lookup(jobs))


def test_what_was_set_aside_in_its_job_is_ours(tmp_path):
    jobs = jobs_of(tmp_path)
    write_frame(jobs.calibrated_files()[0], "LIGHT", pwfail="is gone")
    assert settle(Lookup(jobs)) == (frozenset(), "")


@pytest.mark.parametrize("existing", ["refuse", "keep", "remake"])
def test_what_stands_for_a_light_that_may_be_read_now_is_made_anew(tmp_path, existing):
    jobs = jobs_of(tmp_path, existing=existing)
    first, second, _ = jobs.calibrated_files()
    write_frame(first, "LIGHT", pwfail="cannot be read", pwretry=True)
    write_frame(second, "LIGHT", pwfail="is cut short")
    settled = settle(Lookup(jobs))
    assert settled.anew == {first}
    assert settled.lines == f"Tried again, for lights that could not be read: {first}."


@pytest.mark.parametrize("key", ["dark", "badpix", "calibrated", "solved"])
def test_a_product_that_says_it_was_told_otherwise_is_of_other_settings(tmp_path, key):
    jobs = jobs_of(tmp_path)
    path = products(jobs)[key]
    write_frame(path, "LIGHT", pwvers="0.1.0", pwtold="0123456789abcdef")
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was made by other settings"):
        settle(Lookup(jobs))
    kept = settle(Lookup(jobs_of(tmp_path, existing="keep")))
    assert not kept.anew
    assert path in kept.lines
    assert settle(Lookup(jobs_of(tmp_path, existing="remake"))).anew == {path}


def test_a_list_of_other_settings_is_not_taken_for_that_of_these(tmp_path):
    jobs = jobs_of(tmp_path)
    path = next(path for path in jobs.cosmetic_files() if path.endswith(".lst"))
    named = SimpleNamespace(cosmetic=path.removeprefix(f"{jobs.results}/"))
    told = Lookup(jobs).told_of_list(named)
    make_cosmetic_list(HOT, jobs.plan.frames[0].path, path, told)
    assert settle(Lookup(jobs)) == (frozenset(), "")
    other = jobs_of(tmp_path, cosmetic={"hot_sigma": 12.5})
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was made by other settings"):
        settle(Lookup(other))


def test_a_solved_frame_of_these_settings_is_done(tmp_path):
    jobs = jobs_of(tmp_path)
    write_frame(jobs.solved_files()[0], "LIGHT", pwvers="1", pwtold=Lookup(jobs).told_of_solved())
    assert settle(Lookup(jobs)) == (frozenset(), "")
    moved = jobs_of(tmp_path, solve={"index_dirs": ["elsewhere"], "strict": True})
    assert settle(Lookup(moved)) == (frozenset(), "")
    with pytest.raises(ConfigError, match="was made by other settings"):
        settle(Lookup(jobs_of(tmp_path, solve={"sip_order": 2})))


def test_a_master_by_pixinsight_of_other_settings_is_made_anew_with_its_image(tmp_path):
    wanted = {"engine": "pixinsight"}
    jobs = jobs_of(tmp_path, masters=wanted)
    path = products(jobs)["dark"]
    images = IntegrationLookup(integration := Integration(jobs))
    told = images.told_of_adoption(SimpleNamespace(master=path.removeprefix(f"{jobs.results}/")))
    write_frame(path, "DARK", pwvers="0.1.0", pwtold=told)
    assert settle(Lookup(jobs)) == (frozenset(), "")
    changed = {"masters": wanted | {"rejection": {"high": 2.5}}}
    with pytest.raises(ConfigError, match=rf"{re.escape(path)} was made by other settings"):
        settle(Lookup(jobs_of(tmp_path, **changed)))
    settled = settle(Lookup(jobs_of(tmp_path, existing="remake", **changed)))
    assert settled.anew == {path, integration.image(path)}


def test_an_image_of_another_program_that_is_a_finished_light_stays_under_keep(tmp_path):
    jobs = jobs_of(tmp_path)
    write_frame(jobs.calibrated_files()[1], "LIGHT", swcreate="Another")
    kept = jobs_of(tmp_path, existing="keep")
    assert len(kept.plan.to_calibrate) == 2
    [aside] = [one for one in kept.plan.rejects if "existing: keep" in one.reason]
    assert aside.path.endswith("light_0001.fits")
    assert settle(Lookup(kept)) == (frozenset(), "")


@pytest.mark.parametrize("existing", ["refuse", "keep", "remake"])
def test_a_product_that_was_altered_since_its_job_was_done_is_made_anew(
    tmp_path, existing, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    jobs = jobs_of(tmp_path, existing=existing)
    path = products(jobs)["dark"]
    write_image(path, Image(np.zeros((8, 8), np.float32), fits.Header({"PWVERS": "1"})))
    record = Path(".snakemake", "metadata", urlsafe_b64encode(path.encode()).decode())
    record.parent.mkdir(parents=True)
    record.touch()
    os.utime(path, (1, 1))
    assert settle(Lookup(jobs)) == (frozenset(), "")
    os.utime(path)  # as a copy does that is right
    os.utime(record, (1, 1))
    assert settle(Lookup(jobs)) == (frozenset(), "")
    with fits.open(path, mode="update") as hdus:
        hdus[0].data += 100
    settled = settle(Lookup(jobs))
    assert settled.anew == {path}
    assert settled.lines == f"Made anew: {path} was altered since it was made."
