"""Products are proved from the raw frames on, and the first broken link of each is named."""

import csv
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from frames import settings
from inprocess import expose_night, reduce, sensor
from plateworks.errors import PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.proofs import order_of_proofs
from plateworks.orders.proofs import ProofOrder
from plateworks.planning.run import plan_run
from plateworks.products.proving import prove
from plateworks.records import record_of


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A night that is reduced; solving leaves an image as it is, and so does a copy."""
    folder = tmp_path_factory.mktemp("made")
    expose_night(folder / "raw" / "first", sensor())
    for light in reduce(folder / "raw").to_calibrate:
        Path(light.solved).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(light.calibrated, light.solved)
    return folder


@pytest.fixture
def night(made, tmp_path):
    shutil.copytree(made, tmp_path / "night", copy_function=shutil.copy2)
    return Night(tmp_path / "night")


class Night:
    """A copy of the night, which a test may spoil."""

    def __init__(self, folder: Path):
        self.folder, self.said = folder, ""
        plan = plan_run(settings(folder / "raw", folder / "results"), rescan=True)
        self._order = record_of(ProofOrder, order_of_proofs(Jobs(plan), None), "The order")

    def one(self, pattern: str) -> Path:
        return sorted(self.folder.glob(pattern))[0]

    def broken(self) -> dict[str, str]:
        """Return the broken products: their paths in the night, and the file that is named."""
        table = self.folder / "verify.csv"
        try:
            prove(self._order, str(table), threads=3)
        except PlateworksError as error:
            self.said = str(error)
        with open(table, newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["fault"]]
        return {Path(row["product"]).name: Path(row["link"]).name for row in rows}


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_night_that_nobody_touched_is_proved(night):
    assert night.broken() == {}


@pytest.mark.parametrize("kind", ["bias", "dark", "flat", "light"])
@pytest.mark.parametrize("part", ["header", "pixels", "padding"])
def test_one_byte_in_any_raw_frame_is_named(night, kind, part):
    raw = night.folder / "raw" / "first" / f"{kind}_1.fits"
    size = raw.stat().st_size
    flip(raw, {"header": 2000, "pixels": size - 5000, "padding": size - 1}[part])
    broken = night.broken()
    assert set(broken.values()) == {f"{kind}_1.fits"}
    hanging = {"light_1.fits"} if kind == "light" else {"light_0.fits", "light_1.fits"}
    assert hanging <= set(broken)
    assert f"{raw} has" in night.said or f"{raw} holds" in night.said


@pytest.mark.parametrize(
    "pattern",
    [
        "masters/*/dark_*.fits",
        "cosmetic/*/*.lst",
        "calibrated/*/light_0.fits",
        "solved/*/light_0.*",
    ],
)
def test_one_byte_in_any_product_is_named_with_what_hangs_on_it(night, pattern):
    path = night.one(f"results/{pattern}")
    flip(path, path.stat().st_size - 8000 if path.suffix == ".fits" else 20)
    assert path.name in night.broken().values()


def test_a_master_with_sums_made_anew_is_told_by_its_digest(night):
    dark = night.one("results/masters/*/dark_*.fits")
    with fits.open(dark, mode="update", memmap=False) as hdus:
        hdus[0].data += 100
    assert set(night.broken().values()) == {dark.name}


def test_a_raw_frame_that_is_gone_is_named(night):
    (night.folder / "raw" / "first" / "bias_1.fits").unlink()
    assert "first/bias_1.fits is not there any more" in (night.broken(), night.said)[1]
