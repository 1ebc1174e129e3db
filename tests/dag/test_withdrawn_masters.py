"""What becomes of the graph when a person takes a master back."""

from pathlib import Path

from frames import write_frame, write_night
from plateworks.ledger.table import read_ledger
from workflow import NIGHT_TABLES, snakemake, touch

DARK = "dark_60s_m10c_20250815"
SETTINGS = ("raw=raw", "frames_per_job=1")


def write_two_kinds_of_lights(raw: Path) -> None:
    """Write lights and flats of 60 s, which have a dark in common, and two lights with another."""
    write_night(raw, lights=2, flat_exposure=60.0)
    for path in raw.glob("darkflat_*.fits"):
        path.unlink()
    for i in range(3):
        minute = f"{i:02d}:00"
        cards = {"exptime": 120.0, "date_obs": f"2025-08-15T20:{minute}"}
        write_frame(raw / f"long_{i}.fits", "DARK", **cards)
        cards = {"exptime": 60.0, "date_obs": f"2025-08-01T20:{minute}"}
        write_frame(raw / f"old_{i}.fits", "DARK", **cards)
        cards = {"exptime": 2.0, "filter": "Ha", "date_obs": f"2025-08-15T19:{minute}"}
        write_frame(raw / f"ha_{i}.fits", "FLAT", **cards)
        cards = {"exptime": 2.0, "date_obs": f"2025-08-15T19:3{i}:00"}
        write_frame(raw / f"short_{i}.fits", "DARKFLAT", **cards)
    # Before the others, solved without them, and behind them, solved from them.
    cards = {"exptime": 120.0, "filter": "Ha"}
    write_frame(raw / "first.fits", "LIGHT", **cards, date_obs="2025-08-15T21:30:00")
    write_frame(raw / "last.fits", "LIGHT", **cards, date_obs="2025-08-15T23:30:00")


def test_withdrawing_a_dark_makes_its_lights_and_flats_anew_and_nothing_else(tmp_path):
    write_two_kinds_of_lights(tmp_path / "raw")
    made = touch(tmp_path, "--config", *SETTINGS)
    assert made.jobs["calibrate_frame"] == 4, made.text
    said = snakemake(
        tmp_path, "withdraw", "--config", *SETTINGS, "who=Ann",
        f"withdraw=[{DARK}]", "withdraw_reason='a light leak'",
    )  # fmt: skip
    assert said.code == 0, said.text
    assert said.jobs == {"withdraw": 1}
    [word] = read_ledger(tmp_path / "results" / "masters" / "ledger.csv")
    assert (Path(word.master).stem, word.state, word.who) == (DARK, "withdrawn", "Ann")
    run = snakemake(tmp_path, "-n", "--config", *SETTINGS)
    assert run.code == 0, run.text
    assert run.jobs == NIGHT_TABLES | {
        "master_flat": 1, "bad_pixels": 1, "calibrate_frame": 2, "solve_frame": 3, "plan": 1,
        "cameras": 1, "judge_masters": 1, "light_report": 1, "all": 1,
    }, run.text  # fmt: skip
    assert f"{DARK}.fits was withdrawn on" in run.text
