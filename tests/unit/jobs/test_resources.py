"""What jobs ask for follows the frames they take."""

import os
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from frames import settings, write_frame, write_night
from plateworks.jobs.demand import Demand, around
from plateworks.jobs.jobs import Jobs, LightBatch
from plateworks.jobs.resources import Demands
from plateworks.planning.run import plan_run
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.reading import FrameReader
from plateworks.settings.node import Node

NODE = Node()


def planned(folder, lights=20, suffix="", **changes) -> tuple[Jobs, Demands]:
    write_night(folder / "raw", lights)
    for path in (folder / "raw").iterdir():
        path.rename(f"{path}{suffix}")
    jobs = Jobs(plan_run(settings(folder / "raw", folder / "results", **changes), rescan=True))
    return jobs, Demands(jobs)


def batch_of(jobs: Jobs) -> LightBatch:
    """Return a batch of all lights."""
    return LightBatch("all", tuple(jobs.plan.to_calibrate))


def test_each_attempt_asks_for_more():
    demand = Demand(held_mb=1000, thread_mb=100, disk_mb=50, seconds=600)
    first = demand.memory(threads=2)
    assert [demand.memory(2, attempt) for attempt in (2, 3)] == [2 * first, 3 * first]
    assert demand.minutes(1, NODE, 2) == 2 * demand.minutes(1, NODE)


def test_on_a_cluster_snakemake_is_reckoned_with_and_takes_more_in_a_large_archive():
    demand = Demand(held_mb=1000, thread_mb=0, disk_mb=50, seconds=600)
    night, archive = around(240), around(100_000)
    assert demand.memory(1, 1, night) == pytest.approx(demand.memory(1) + night.mb, abs=1)
    assert archive.mb > 1000 > night.mb
    assert demand.minutes(1, NODE, 1, archive) > demand.minutes(1, NODE, 1, night)


def test_a_slow_node_or_disk_gets_more_time_and_a_limit_is_a_limit_anywhere():
    demand = Demand(held_mb=0, thread_mb=0, disk_mb=6000, seconds=600, limit_s=6000)
    usual = demand.minutes(1, NODE)
    assert usual >= 100 + 14 + 1
    assert demand.minutes(1, Node(speed=0.5)) == pytest.approx(usual + 14, abs=1)
    assert demand.minutes(1, Node(disk_mb_s=50.0)) == pytest.approx(usual + 1, abs=1)


def test_no_job_asks_for_less_than_a_minute_and_a_megabyte():
    demand = Demand(held_mb=0, thread_mb=0, disk_mb=0.001, seconds=0.4)
    assert (demand.minutes(1, NODE), demand.disk()) == (1, 1)


def test_more_threads_take_more_memory_and_less_time():
    demand = Demand(held_mb=1000, thread_mb=100, disk_mb=50, seconds=6000)
    assert demand.memory(4) > demand.memory(1)
    assert demand.minutes(4, NODE) < demand.minutes(1, NODE)


def test_a_batch_of_many_lights_takes_the_memory_of_few_and_the_disk_of_many(tmp_path):
    jobs, demands = planned(tmp_path)
    whole = batch_of(jobs)
    half = replace(whole, lights=whole.lights[:10])
    assert demands.calibration(whole).held_mb == demands.calibration(half).held_mb
    assert demands.calibration(whole).disk_mb == pytest.approx(
        2 * demands.calibration(half).disk_mb
    )
    assert demands.calibration(whole).seconds > demands.calibration(half).seconds


def test_no_job_has_more_threads_than_lights_or_than_the_settings_allow(tmp_path):
    jobs, demands = planned(tmp_path, threads_per_job=4, calibrate={"cosmic_rays": True})
    whole = batch_of(jobs)
    assert demands.calibration(whole).threads == 4
    assert demands.calibration(replace(whole, lights=whole.lights[:3])).threads == 3


def test_solving_has_as_many_threads_as_lights_that_no_other_waits_for(tmp_path):
    jobs, demands = planned(tmp_path, threads_per_job=4)
    batch = batch_of(jobs)
    free = jobs.fields.free(batch.lights)
    assert 4 <= free < 20 and demands.solving(batch).threads == 4
    few = replace(batch, lights=batch.lights[:2])
    assert jobs.fields.free(few.lights) == 1 == demands.solving(few).threads
    assert demands.solving(batch).memory(4) > 3 * demands.solving(batch).memory(1)


@pytest.mark.parametrize(("frames_per_job", "many"), [(5, False), (2, True)])
def test_many_batches_are_solved_side_by_side_with_one_thread_each(tmp_path, frames_per_job, many):
    jobs, demands = planned(tmp_path, lights=40, frames_per_job=frames_per_job)
    assert (len(jobs.batches) > 8) is many
    assert max(demands.solving(batch).threads for batch in jobs.batches) == (1 if many else 2)


def test_calibrating_that_is_mostly_reading_and_writing_has_one_thread(tmp_path):
    jobs, demands = planned(tmp_path, threads_per_job=4)
    assert demands.calibration(batch_of(jobs)).threads == 1


def test_packing_xisf_costs_memory_and_time_and_is_no_matter_of_fits(tmp_path):
    def demanded(ending, compression):
        names = {kind: f"{kind}/{{name}}.{ending}" for kind in ("bias", "dark", "darkflat", "flat")}
        names |= {stage: f"{stage}/{{frame}}.{ending}" for stage in ("calibrated", "solved")}
        names |= {"cosmetic": "{name}.lst", "badpix": "{name}.fits"}
        jobs, demands = planned(
            tmp_path / f"{ending}{compression}", names=names, xisf_compression=compression
        )
        dark = next(path for path in jobs.master_files() if "/dark/" in path)
        both = demands.master(dark), demands.calibration(batch_of(jobs))
        return [(one.held_mb, one.seconds) for one in both]

    plain, packed = demanded("xisf", None), demanded("xisf", "zlib+sh")
    assert (np.array(packed) > plain).all()
    assert demanded("fits", "zlib+sh") == demanded("fits", None)


def test_cosmic_rays_cost_memory_and_time(tmp_path):
    jobs, plain = planned(tmp_path)
    whole = batch_of(jobs)
    _, cosmics = planned(tmp_path, calibrate={"cosmic_rays": True})
    assert cosmics.calibration(whole).thread_mb > plain.calibration(whole).thread_mb
    assert cosmics.calibration(whole).seconds > plain.calibration(whole).seconds


def test_combining_takes_no_more_than_it_is_allowed(tmp_path):
    for i in range(300):
        write_frame(tmp_path / "raw" / f"bias_{i}.fits", "BIAS", exptime=0, width=600, height=400)
    for allowed in (0.001, 0.05, 2.0):
        jobs, demands = planned(tmp_path, lights=1, mem_gb=allowed, threads_per_job=2)
        master = max(jobs.plan.usable, key=lambda master: len(master.source.frames))
        demand = demands.master(master.path)
        one_row_each = 300 * 600 * 4 * 7 / 1e6
        assert demand.thread_mb <= max(allowed * 1000 / 2, one_row_each) + 6
    assert demand.thread_mb > 100


@pytest.mark.parametrize("ending", [".fits.gz", ".fits.fz", ".xisf"])
def test_a_packed_frame_is_unpacked_into_a_file_as_large_as_is_asked_for(tmp_path, ending):
    pixels = np.arange(600 * 400, dtype=np.uint16).reshape(400, 600)
    for i in range(3):
        header = fits.Header({"IMAGETYP": "BIAS", "EXPTIME": 0, "INSTRUME": "C"})
        header["DATE-OBS"] = f"2025-08-15T20:0{i}:00"
        path = tmp_path / "raw" / f"bias_{i}{ending}"
        path.parent.mkdir(exist_ok=True)
        if ending == ".xisf":
            write_image(path, Image(pixels, header))
        elif ending == ".fits.fz":
            fits.CompImageHDU(pixels, header).writeto(path)
        else:
            fits.PrimaryHDU(pixels, header).writeto(path)
    with FrameReader(str(path)) as reader:
        unpacked = os.fstat(reader._stream.fileno()).st_size / 1e6
    jobs = Jobs(plan_run(settings(tmp_path / "raw", tmp_path / "results"), rescan=True))
    [bias] = jobs.plan.usable
    asked = Demands(jobs).master(bias.path).disk_mb - 600 * 400 * 6 / 1e6
    assert 3 * unpacked <= asked + 0.02 <= 3 * unpacked + 0.05


def test_packed_frames_ask_for_scratch(tmp_path):
    def scratch_of_bias(folder, suffix=""):
        jobs, demands = planned(folder, suffix=suffix)
        (bias,) = (master for master in jobs.plan.usable if master.source.key.kind == "bias")
        return demands.master(bias.path).disk_mb

    more = scratch_of_bias(tmp_path / "packed", ".gz") - scratch_of_bias(tmp_path / "plain")
    assert more == pytest.approx(3 * 32 * 24 * 2 / 1e6)


def test_one_frame_a_job_asks_for_the_largest_light(tmp_path):
    _, demands = planned(tmp_path, frames_per_job=1)
    assert demands.calibration(LightBatch("frame")).disk_mb == pytest.approx(
        32 * 24 * 5 / 1e6, abs=0.02
    )
