"""A night of frames of several images that no header places, from raw folder to calibrated."""

import numpy as np

from amplified import quarters, write_amplified, write_profile
from plateworks.products.imagefiles import read_image
from workflow import snakemake

SIZE = 96


def test_by_a_profile_they_become_the_frames_that_headers_would_make_of_them(tmp_path):
    pixels = {}
    for placed in (True, False):
        folder = tmp_path / f"placed_{placed}"
        write_amplified(folder / "raw", size=SIZE, placed=placed)
        write_profile(folder / "mine", quarters(SIZE, SIZE), (2, 0, 3, 1))
        config = ("--config", "raw=raw", "profiles=mine")
        if not placed:
            bare = snakemake(folder, "-n", "calibrated", "--config", "raw=raw")
            assert bare.code != 0
            assert "there is no profile of 'kb42'" in bare.text
        run = snakemake(folder, "calibrated", *config)
        assert run.code == 0, run.text
        assert run.stages["amplifier_gains"] == 1
        found = sorted((folder / "results").rglob("*.fits"))
        pixels[placed] = {path.name: read_image(path).data for path in found}
        if not placed:
            assert "Nothing to be done" in snakemake(folder, "-n", "calibrated", *config).text
    assert pixels[True].keys() == pixels[False].keys()
    assert len([name for name in pixels[True] if name.startswith("light")]) == 3
    for name, data in pixels[True].items():
        assert np.array_equal(data, pixels[False][name], equal_nan=True), name
    light, half = pixels[False]["light15_0.fits"], SIZE // 2
    quarter = [light[rows, columns].mean() for rows in (slice(0, half), slice(half, None))
               for columns in (slice(0, half), slice(half, None))]  # fmt: skip
    assert np.ptp(quarter) < 0.002 * light.mean()
