"""Fixtures for tests of what is reported."""

import pytest

from browser import CHROMIUM, Browser
from frames import write_frame


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Debian's Chromium, started once."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium ({CHROMIUM}) is not here")
    started = Browser(tmp_path_factory.mktemp("browser"))
    yield started
    started.close()


@pytest.fixture
def capture(tmp_path):
    """A function that writes the frames of a gap, taken in one of its nights."""

    def take(gap, exposure=2.0):
        kinds = {"bias": "BIAS", "dark": "DARK", "darkflat": "DARKFLAT", "flat": "FLAT"}
        night = gap.nights.split()[0]
        for i in range(gap.frames):
            write_frame(
                tmp_path / "raw" / f"new_{gap.kind}_{gap.title}_{i}.fits".replace(" ", "-"),
                kinds[gap.kind],
                width=gap.width, height=gap.height, instrume=gap.camera, gain=gap.gain,
                offset=gap.offset, set_temp=gap.set_temp_degC, ccd_temp=gap.set_temp_degC,
                exptime=exposure if gap.exposure_s is None else gap.exposure_s,
                filter=gap.filter, telescop=gap.telescope, rotatang=gap.rotator_deg,
                date_obs=f"{night[:4]}-{night[4:6]}-{night[6:]}T20:{i:02d}:30",
            )  # fmt: skip

    return take
