"""Lights handed over to those who stack: what Siril and WBPP find, and that Siril stacks it."""

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from plateworks.csvtable import write_table
from plateworks.errors import PlateworksError
from plateworks.interop.handover import hand_over
from plateworks.metadata.caveats import FAILED
from plateworks.orders.handover import HandoverOrder
from plateworks.report.handedover import lines_on_handed, lines_on_left
from plateworks.sky.coverage import Coverage
from plateworks.sky.lens import Lens, powers
from plateworks.sky.refine import Solution
from plateworks.sky.sources import extract
from plateworks.sky.wcscards import add_failure, add_solution
from pointstars import in_pixels

SIRIL = shutil.which("siril-cli")
SHAPE = HEIGHT, WIDTH = 220, 260
FWHM, SCALE = 3.0, 2.0 / 3600
#: Turn in degrees and shift in pixels of each frame; the telescope swings over to the other side.
POSES = ((0, 0, 0), (0.4, 3.3, -2.6), (-0.3, -4.7, 1.4), (180.2, 2.5, 5.1), (1.0, 6.4, 3.2))
FLAGGED, BEST = 4, 2
GROUP = "m-1_l_60s_cam"
VERDICT = {
    "verdict": "good", "cause": "", "why": "", "fwhm_px": 3.0, "ellipticity": 0.1, "sky": 200.0,
    "sources": 40, "star_flux": 1.0, "sky_noise": 10.0, "height": HEIGHT, "width": WIDTH,
}  # fmt: skip


def lens_of_pose(turn, dx, dy):
    angle = np.radians(turn)
    cd = SCALE * np.array([[-np.cos(angle), np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = ((WIDTH + 1) / 2, (HEIGHT + 1) / 2)
    sip = np.array([[2e-6, 1e-6, -1e-6], [-1e-6, 2e-6, 1e-6]])  # 0.05 pixels in the corners
    crval = (83.0 + dx * SCALE / np.cos(np.radians(22.0)), 22.0 + dy * SCALE)
    assert len(powers(2, 2)) == sip.shape[1]
    return Lens(crval, centre, cd, 2, sip)


def solved_header(lens, quality="good"):
    cover = Coverage(20, 19, 15, 12)
    found = Solution(lens, 31, 0.1, *lens.crval, "embedded", "index.fits", 99.0, cover)
    header = add_solution(fits.Header(), found, SHAPE)
    header["ASTQUAL"] = quality
    return header


class Night:
    """Solved frames of one field, the table of verdicts on them, and where its stars are."""

    def __init__(self, folder: Path):
        self.folder = folder
        rng = np.random.default_rng(3)
        grid = np.mgrid[30 : WIDTH - 29 : 40, 30 : HEIGHT - 29 : 32].reshape(2, -1).T
        there = grid + rng.uniform(-8, 8, grid.shape)
        ra, dec = lens_of_pose(0, 0, 0).to_sky(there)
        flux = rng.uniform(4000, 20_000, len(there))
        self.stars = [lens_of_pose(*pose).to_pixels(ra, dec) for pose in POSES]  # from 1
        self.solved = [str(folder / "solved" / f"light {i}.fits") for i in range(len(POSES))]
        self.rows = [{"frame": Path(path).stem} | VERDICT for path in self.solved]
        self.rows[BEST]["star_flux"] = 1.1
        self.rows[FLAGGED] |= {"verdict": "flagged", "cause": "trailing", "why": "stretch 0.4"}
        (folder / "solved").mkdir(parents=True)
        for path, pose, stars in zip(self.solved, POSES, self.stars, strict=True):
            image = rng.normal(200, 10, SHAPE)
            for (x, y), light in zip(stars - 1, flux, strict=True):
                left, top = int(x) - 7, int(y) - 7
                if 0 <= left < WIDTH - 15 and 0 <= top < HEIGHT - 15:
                    part = in_pixels(x, y, left, top, 15, FWHM, None)
                    image[top : top + 15, left : left + 15] += light * part
            fits.writeto(path, image.astype(np.float32), solved_header(lens_of_pose(*pose)))

    def header(self, number, change):
        image, header = fits.getdata(self.solved[number], header=True)
        fits.writeto(self.solved[number], image, change(header), overwrite=True)

    def hand_over(self, program):
        """Hand it over; return the folder, and the table by frames."""
        verdicts = self.folder / "verdicts.csv"
        write_table(verdicts, self.rows[0], (row.values() for row in self.rows))
        table = self.folder / "export" / program / "20250815.csv"
        order = HandoverOrder(session="20250815", groups=(GROUP,) * len(self.solved))
        hand_over(order, self.solved, str(verdicts), str(table), program)
        with open(table, newline="", encoding="utf-8") as stream:
            return table.parent, {row["frame"]: row for row in csv.DictReader(stream)}

    def sequence(self):
        """Hand it over to Siril; return the folder of its sequence."""
        folder, _ = self.hand_over("siril")
        return folder / "20250815" / GROUP


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Night(tmp_path_factory.mktemp("night"))


@pytest.fixture
def night(kept, tmp_path):
    """A night to be changed."""
    changed = object.__new__(Night)
    changed.__dict__ |= vars(kept) | {"folder": tmp_path, "rows": [dict(r) for r in kept.rows]}
    shutil.copytree(kept.folder / "solved", tmp_path / "solved")
    changed.solved = [str(tmp_path / "solved" / Path(path).name) for path in kept.solved]
    return changed


def lines(folder, letter):
    text = (folder / "lights_.seq").read_text()
    return [line.split() for line in text.splitlines() if line.startswith(letter)]


def siril(folder, script):
    call = [SIRIL, "-d", str(folder), "-s", str(script)]
    return subprocess.run(call, check=True, capture_output=True, text=True, timeout=120).stdout


@pytest.fixture
def version():
    """The version of Siril, where it is installed."""
    if SIRIL is None:
        pytest.skip("siril-cli is not installed")
    told = subprocess.run([SIRIL, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.search(r"(\d+)\.(\d+)", told).groups()))


def test_the_order_of_siril_lays_the_stars_of_each_frame_on_those_of_the_best(kept):
    folder = kept.sequence()
    assert lines(folder, "S") == [["S", "'lights_'", "1", "5", "4", "5", str(BEST), *"400"]]
    best = kept.stars[BEST]
    for line, stars in zip(lines(folder, "R"), kept.stars, strict=True):
        homography = np.array(line[line.index("H") + 1 :], float).reshape(3, 3)
        from_top = np.column_stack([stars[:, 0] - 1, HEIGHT - stars[:, 1], np.ones(len(stars))])
        x, y, z = homography @ from_top.T
        miss = np.hypot(x / z - (best[:, 0] - 1), y / z - (HEIGHT - best[:, 1]))
        assert miss.max() < 0.1


def test_what_is_flagged_is_in_the_sequence_and_not_selected(kept):
    folder, table = kept.hand_over("siril")
    chosen = [line[2] for line in lines(folder / "20250815" / GROUP, "I")]
    assert chosen == ["1", "1", "1", "1", "0"]
    flagged = table[f"light {FLAGGED}"]
    assert (flagged["stacked"], flagged["why"]) == ("false", "trailing: stretch 0.4")


def test_no_pixels_are_copied(kept):
    for program in ("siril", "pixinsight"):
        folder, _ = kept.hand_over(program)
        images = [path for path in folder.rglob("*.fit*") if path.is_file()]
        assert images
        assert {str(path.resolve()) for path in images} <= set(kept.solved)
        assert all(path.is_symlink() and not os.readlink(path).startswith("/") for path in images)


def test_siril_reads_the_sequence_and_its_selection(night, version):
    folder = night.sequence()
    script = folder / "mine.ssf"
    stack = "stack lights_ med -nonorm -filter-included -out=out"
    script.write_text(f"requires 1.0.0\nsetext fit\n{stack}\n")
    assert "(4/5 of the sequence)" in siril(folder, script)


def test_siril_stacks_what_is_selected_as_sharp_as_single_frames(night, version):
    folder = night.sequence()
    siril(folder / "selected", folder / "selected" / "register.ssf")
    scripts = [folder / "stack.ssf"] if version >= (1, 4) else []
    scripts += [folder / "stack-1.2.ssf"] if (1, 2) <= version < (1, 4) else []
    stacks = [fits.getdata(folder / "stack.fit")]
    for script in scripts:
        siril(folder, script)
        stacks.append(fits.getdata(folder / "stack.fit"))
    single = np.median([extract(fits.getdata(path)).median_fwhm for path in night.solved])
    for stack in stacks:
        found = extract(stack)
        assert found.median_fwhm < 1.15 * single
        assert len(found) > 20
    assert len(list(folder.glob("selected/r_lights_*.fit"))) == 4


def test_where_nothing_is_solved_siril_registers_what_the_verdicts_leave(night):
    for number in range(len(POSES)):
        night.header(number, lambda header: add_failure(header, "no stars"))
    folder = night.sequence()
    assert [line[2] for line in lines(folder, "I")] == ["1", "1", "1", "1", "0"]
    assert len(list(folder.glob("selected/lights_*.fit"))) == 4


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda header: add_failure(header, "too few stars"), "no good solution"),
        (lambda _: solved_header(lens_of_pose(*POSES[1]), "poor"), "no good solution"),
        (lambda _: solved_header(lens_of_pose(0, 4000, 0)), "it does not show the field"),
    ],
    ids=["not solved", "poorly solved", "elsewhere"],
)
def test_what_cannot_be_laid_on_the_others_is_left_out_with_the_reason(night, change, why):
    night.header(1, change)
    folder, table = night.hand_over("siril")
    assert table["light 1"]["why"].startswith(why)
    assert lines(folder / "20250815" / GROUP, "I")[1][2] == "0"


def test_a_frame_that_was_set_aside_gets_no_link(night):
    night.header(0, lambda header: add_failure(header, "") + fits.Header([(FAILED, "no dark")]))
    for program in ("siril", "pixinsight"):
        _, table = night.hand_over(program)
        row = table["light 0"]
        assert (row["file"], row["stacked"], row["why"]) == ("", "false", "no dark")


def test_wbpp_finds_the_session_in_the_path_and_flagged_lights_in_a_folder_of_their_own(kept):
    folder, table = kept.hand_over("pixinsight")
    left = folder / "left_out" / "SESSION_20250815" / GROUP
    assert [path.name for path in left.iterdir()] == [f"light {FLAGGED}.fits"]
    stacked = folder / "lights" / "SESSION_20250815"
    files = {str(path.relative_to(stacked)) for path in stacked.rglob("*.fits")}
    assert files == {row["file"] for row in table.values() if row["stacked"] == "true"}
    weights = [float(row["weight"]) for row in table.values()]
    assert max(weights) == weights[BEST] == 1.0
    assert weights[0] == pytest.approx(1 / 1.21, abs=1e-3)


def test_products_of_one_name_get_names_of_their_own(night):
    other = night.folder / "solved" / "again" / "light 1.fits"
    other.parent.mkdir()
    shutil.move(night.solved[0], other)
    night.solved[0] = str(other)
    night.rows[0]["frame"] = other.stem
    folder, _ = night.hand_over("pixinsight")
    assert len(list((folder / "lights").rglob("*.fits"))) == 4


@pytest.mark.parametrize("program", ["siril", "pixinsight"])
def test_links_that_are_not_wanted_any_more_go_and_what_people_put_there_stays(night, program):
    folder, _ = night.hand_over(program)
    [somewhere, *_] = folder.rglob("*light*.fit*")
    mine = somewhere.with_name("my_stack.fit")
    mine.write_bytes(b"mine")
    night.solved, night.rows = night.solved[:2], night.rows[:2]
    night.hand_over(program)
    links = {path.resolve() for path in folder.rglob("*") if path.is_symlink()}
    assert links == set(map(Path, night.solved))
    assert mine.read_bytes() == b"mine"


def test_verdicts_on_other_frames_are_refused(night):
    night.rows.pop()
    with pytest.raises(PlateworksError, match="4 rows for 5 frames"):
        night.hand_over("siril")


@pytest.mark.parametrize("program", ["siril", "pixinsight"])
def test_verdicts_that_somebody_sorted_or_wrote_over_are_refused(night, program):
    night.rows.reverse()
    with pytest.raises(PlateworksError, match="light 4 stands where light 0 should"):
        night.hand_over(program)
    night.rows.reverse()
    night.rows[1]["fwhm_px"] = "3,1"
    with pytest.raises(PlateworksError, match=r"not the table .* '3,1'"):
        night.hand_over(program)


def test_a_run_says_how_many_are_stacked_and_where_the_reasons_stand(kept):
    kept.hand_over("siril")
    tables = {"siril": [str(kept.folder / "export" / "siril" / "20250815.csv")], "pixinsight": []}
    [line] = lines_on_handed(tables)
    assert "4 of     5 lights for siril" in line
    [line] = lines_on_left(tables)
    assert "1 light left out for siril" in line and line.endswith("siril/*.csv")
