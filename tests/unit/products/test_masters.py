"""Master frames, file to file."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import FLAT, LEVELLING, frame_order, master_order
from plateworks.metadata.xisf import read_image as stored
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.masters import make_master


@pytest.fixture
def combined(tmp_path):
    """A function that combines frames of one kind and returns the images of the master."""

    def run(kind, frames, threads=1, **changes):
        raws = []
        for number, frame in enumerate(frames):
            raw = tmp_path / f"{kind}_{number}.fits"
            header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "ASI"), ("EXPTIME", 2.0)])
            fits.writeto(raw, frame, header, overwrite=True)
            raws.append(raw)
        output = tmp_path / f"master_{threads}.fits"
        make_master(master_order(kind, raws, **changes), str(output), threads=threads)
        with fits.open(output, memmap=False) as hdus:
            images = [hdu for hdu in hdus if hdu.is_image and hdu.name != "MASK"]
            return [(hdu.name, hdu.data, hdu.header) for hdu in images]

    return run


def darks(count, seed=0):
    rng = np.random.default_rng(seed)
    stack = rng.normal(500, 8, (count, 40, 30)).round().astype(np.uint16)
    stack[1, 10, 20] = 60_000  # a cosmic ray
    stack[3, 5, :4] = 50_000
    return stack


def test_masters_in_xisf_are_packed_on_request_and_their_digest_stays(tmp_path, combined):
    ((_, value, header),) = combined("dark", darks(4))
    raws = [tmp_path / f"dark_{number}.fits" for number in range(4)]
    order = master_order("dark", raws, xisf_compression="zstd+sh")
    make_master(order, str(tmp_path / "packed.xisf"))
    assert stored(tmp_path / "packed.xisf").compression.startswith("zstd+sh:")
    packed = read_image(tmp_path / "packed.xisf")
    assert np.array_equal(packed.data, value)
    assert packed.header["PWDIGEST"] == header["PWDIGEST"]


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
    by_light = replace(FLAT, weights="level")
    ((_, equal, _),) = combined("flat", flats, method="mean")
    ((_, weighted, _),) = combined("flat", flats, method="mean", flat=by_light)
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


def test_the_dark_of_a_flat_is_scaled_by_what_the_flat_shows_where_that_is_asked_for(tmp_path):
    rng = np.random.default_rng(11)
    shape = (512, 512)
    current = rng.gamma(0.5, 60, shape)  # a warm sensor: some pixels are far hotter than others
    bias = np.full(shape, 300.0)
    for name, pixels in (("bias", bias), ("dark", bias + current)):
        header = fits.Header([("IMAGETYP", f"Master {name}"), ("PWNOISE", 0.5)])
        fits.writeto(tmp_path / f"{name}.fits", pixels.astype(np.float32), header)
    dark = ScaledDark(
        path=str(tmp_path / "dark.fits"), k=1.0, bias_inside=True, fit_bounds=(0.0, 5.0)
    )
    taken = Subtraction(bias=str(tmp_path / "bias.fits"), dark=dark)
    frames = []
    for number, k in enumerate((1.5, 2.0, 2.5)):
        raw = bias + 2000 + rng.normal(0, 45, shape) + k * current
        path = tmp_path / f"flat_{number}.fits"
        header = fits.Header([("IMAGETYP", "FLAT"), ("INSTRUME", "ASI"), ("EXPTIME", 2.0)])
        fits.writeto(path, raw.round().astype(np.uint16), header)
        frames.append(frame_order(path, subtraction=taken))
    make_master(master_order("flat", frames, method="mean"), str(tmp_path / "flat.fits"))
    value, header = fits.getdata(tmp_path / "flat.fits", header=True)
    said = [line.split() for line in header["HISTORY"] if line.startswith("dark scaled by")]
    assert [float(words[3]) for words in said] == pytest.approx([1.5, 2.0, 2.5], rel=0.05)
    # Unscaled, the dark would leave a correlation of 0.8.
    assert abs(np.corrcoef(value.ravel(), current.ravel())[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("in_header", "told", "right"),
    [(65535, None, True), (65535, 4000.0, True), (4000, None, True), (4000, 65535.0, False)],
)
def test_saturated_pixels_of_a_flat_do_not_tell_the_scale_of_its_dark_and_a_person_says_which(
    tmp_path, in_header, told, right
):
    rng = np.random.default_rng(11)
    current, bias = rng.gamma(0.5, 600, (256, 256)), np.full((256, 256), 300.0)
    for name, pixels in (("bias", bias), ("dark", bias + current)):
        header = fits.Header([("IMAGETYP", f"Master {name}"), ("PWNOISE", 0.5)])
        fits.writeto(tmp_path / f"{name}.fits", pixels.astype(np.float32), header)
    raw = bias + 2000 + rng.normal(0, 45, bias.shape) + 2.0 * current
    header = fits.Header([("IMAGETYP", "FLAT"), ("EXPTIME", 2.0), ("SATURATE", in_header)])
    fits.writeto(tmp_path / "flat.fits", raw.round().clip(0, 4000).astype(np.uint16), header)
    dark = ScaledDark(
        path=str(tmp_path / "dark.fits"), k=1.0, bias_inside=True, fit_bounds=(0.0, 5.0)
    )
    taken = Subtraction(bias=str(tmp_path / "bias.fits"), dark=dark)
    flat = replace(FLAT, levelling=replace(LEVELLING, saturation=told))
    frames = [frame_order(tmp_path / "flat.fits", subtraction=taken)]
    order = master_order("flat", frames, flat=flat, min_frames=1, screening=None)
    make_master(order, str(tmp_path / "out.fits"))
    [said] = [
        line for line in fits.getheader(tmp_path / "out.fits")["HISTORY"] if "dark scaled" in line
    ]
    assert (float(said.split()[3]) == pytest.approx(2.0, rel=0.03)) is right


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "float32", "float64"])
def test_frames_in_xisf_make_the_master_that_they_make_in_fits(tmp_path, dtype):
    rng = np.random.default_rng(1)
    made = {}
    frames = [rng.integers(20, 60, (40, 30)).astype(dtype) for _ in range(5)]
    header = fits.Header([("IMAGETYP", "DARK"), ("INSTRUME", "ASI"), ("EXPTIME", 2.0)])
    for ending in ("fits", "xisf"):
        raws = [tmp_path / f"dark_{number}.{ending}" for number in range(len(frames))]
        for raw, frame in zip(raws, frames, strict=True):
            write_image(raw, Image(frame, header))
        make_master(master_order("dark", raws), str(tmp_path / f"master.{ending}"))
        made[ending] = read_image(tmp_path / f"master.{ending}")
    assert np.array_equal(made["fits"].data, made["xisf"].data)
    headers = [image.header for image in made.values()]
    about = ("HISTORY", "PWDIGEST", "ROWORDER", "")  # XISF alone says the order of its rows
    left = [{k: h[k] for k in h if k not in about} for h in headers]
    assert left[0].items() >= left[1].items()
