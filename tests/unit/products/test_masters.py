"""Master frames, file to file."""

import numpy as np
import pytest
from astropy.io import fits

from frames import defaults
from plateworks.products.masters import make_master

MASTERS = defaults()["masters"]


@pytest.fixture
def combined(tmp_path):
    """A function that combines frames of one kind and returns the HDUs of the master."""

    def run(kind, frames, threads=1, **changes):
        entries = []
        for number, frame in enumerate(frames):
            raw = tmp_path / f"{kind}_{number}.fits"
            header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "ASI"), ("EXPTIME", 2.0)])
            fits.writeto(raw, frame, header, overwrite=True)
            entries.append({"raw": str(raw)})
        job = {
            "kind": kind, "frames": entries, "method": "auto", "target": 5000.0,
            "statistic": "median", "constant": None, "repair": "median", "mem_gb": 1,
            **{k: MASTERS[k] for k in MASTERS if k != "method"},
            **changes,
        }  # fmt: skip
        output = tmp_path / f"master_{threads}.fits"
        make_master(job, str(output), threads)
        with fits.open(output, memmap=False) as hdus:
            return [(hdu.name, hdu.data, hdu.header) for hdu in hdus]

    return run


def darks(count, seed=0):
    rng = np.random.default_rng(seed)
    stack = rng.normal(500, 8, (count, 40, 30)).round().astype(np.uint16)
    stack[1, 10, 20] = 60_000  # a cosmic ray
    stack[3, 5, :4] = 50_000
    return stack


def test_rejected_pixels_are_told_on_request_as_a_map_and_for_each_frame(combined):
    stack = darks(12)
    ((_, value, header), (name, lost, _)) = combined("dark", stack, rejection_map=True)
    assert name == "REJECTED" and lost.shape == value.shape
    assert lost[10, 20] >= 1 and (lost[5, :4] >= 1).all()
    by_frame = [line for line in header["HISTORY"] if line.startswith("rejected")]
    assert len(by_frame) == 12
    counts = {line.split(" of ")[1]: int(line.split()[1]) for line in by_frame}
    assert sum(counts.values()) == lost.sum() == header["NREJECT"]
    assert counts["dark_3.fits"] >= 4
    ((_, plain, _),) = combined("dark", stack)
    assert np.array_equal(plain, value)


def test_the_number_of_threads_makes_no_difference(combined):
    flats = [frame * level for frame, level in zip(darks(11), range(20, 42, 2), strict=True)]
    for kind, frames in (("dark", darks(11)), ("flat", flats)):
        one = combined(kind, frames, threads=1, rejection_map=True)
        many = combined(kind, frames, threads=3, rejection_map=True)
        for (_, data, header), (_, same, header_too) in zip(one, many, strict=True):
            assert data.tobytes() == same.tobytes()
            assert header.tostring() == header_too.tostring()


def test_flats_may_count_by_their_light(combined):
    rng = np.random.default_rng(2)
    levels = np.array([4_000, 8_000, 16_000, 32_000])
    shape = (60, 50)
    flats = [rng.poisson(level, shape).astype(np.uint16) for level in levels]
    ((_, equal, _),) = combined("flat", flats, method="mean")
    ((_, weighted, _),) = combined("flat", flats, method="mean", flat_weights="level")
    medians = np.array([np.median(flat) for flat in flats])
    scaled = np.array([5000.0 * flat / median for flat, median in zip(flats, medians, strict=True)])
    want = (scaled * medians[:, None, None]).sum(axis=0) / medians.sum()
    np.testing.assert_allclose(weighted, want / np.median(want) * 5000, rtol=1e-6)
    # Photon noise: weights by light give the noise of all photons together.
    assert equal.std() / weighted.std() == pytest.approx(
        (levels.sum() * (1 / levels).sum()) ** 0.5 / 4, rel=0.05
    )


@pytest.mark.parametrize("method", ["percentile", "linear_fit"])
def test_every_method_of_the_configuration_makes_a_master(combined, method):
    ((_, value, header),) = combined("dark", darks(24), method=method)
    assert header["COMBMETH"] == method
    assert abs(value[10, 20] - 500) < 20
