"""The tables and the page of a plan depend on some settings, and on no others."""

from pathlib import Path

import pytest

from frames import settings, write_frame, write_night
from plateworks.planning.basis import BASIS
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.report.planpage import render
from plateworks.report.plantables import write_tables
from plateworks.settings.configuration import complete
from plateworks.settings.setting import is_section, keys_of
from plateworks.settings.settings import Settings

#: Another value than the default for all that a plan does not depend on.
OTHERS = {
    "xisf_compression": "zstd+sh",
    "frames_per_job": 2,
    "profiles": ["equipment"],
    "threads_per_job": 1,
    "mem_gb": 7.0,
    "verify": "remake",
    "settle_s": 0.5,
    "wait_s": 0.01,
    "renew_s": 10.0,
    "certify": ["dark_60s"], "withdraw": ["flat_l"], "withdraw_reason": "dust", "who": "Ann",
    "foreign_config": "theirs.yaml",
    "foreign_keys": "ost",
    "stages": ["masters"],
    "export": ["siril"],
    "debayer": "bilinear",
    "node": {"speed": 2.0, "disk_mb_s": 7.0},
    "names": {"badpix": "bad/{name}.fits"},
    "site": {"latitude": 47.0},
    "matching": {"strict": True, "dark_scale_bounds": [0.5, 2.0]},
    "masters": {
        "engine": "pixinsight", "method": {"bias": "mean", "flat": "median"},
        "rejection": {"low": 2.0}, "rejection_map": True, "screen": False,
        "flat_weights": "level",
        "share": "shared", "durable": False, "flat_target": 1.0, "flat_statistic": "mean",
    },
    "pixinsight": {"instance": 7, "script_dir": "scripts"},
    "cosmetic": {"count": 100, "rank": "value", "method": "mean", "from_flats": False},
    "calibrate": {
        "overscan": "median", "units": "electron", "cosmic_rays": True, "output_type": "raw",
        "pedestal": 100.0, "flat_floor": 0.1, "egain": 0.5, "gain_is_egain": True,
        "read_noise": 3.0, "saturation": 60000.0, "durable": True, "uncertainty": True,
    },
    "cosmics": {"sigclip": 7.0},
    "expiry": {"bias_level": 0.3, "dark_rate": 0.2, "new_pixels": 0.5, "flat_shape": 0.02},
    "solve": {"sip_order": 3, "strict": True},
    "capture": {"armed": True, "gain": 100, "darks": {"num_darks": 7}},
}  # fmt: skip


@pytest.fixture
def night(tmp_path) -> Path:
    """A night with a light that only a scaled dark serves, and one that nothing does."""
    raw = write_night(tmp_path / "raw")
    write_frame(raw / "long.fits", "LIGHT", exptime=90.0, filter="L")
    write_frame(raw / "sii.fits", "LIGHT", exptime=60.0, filter="SII", width=16)
    return raw


def shown(plan: Plan, folder: Path) -> dict[str, str]:
    """Return the tables and the page of a plan."""
    write_tables(plan, folder)
    tables = {path.name: path.read_text() for path in folder.iterdir()}
    return tables | {"page": render(plan)}


def keys(section: type, above: str = "") -> set[str]:
    found = set()
    for key in keys_of(section):
        name = above + key.name
        found |= keys(key.hint, f"{name}.") if is_section(key.hint) else {name}
    return found


def leaves(tree: dict, above: str = "") -> set[str]:
    found = set()
    for key, value in tree.items():
        found |= leaves(value, f"{above}{key}.") if isinstance(value, dict) else {above + key}
    return found


def test_all_other_settings_change_neither_table_nor_page(night, tmp_path):
    usual = plan_run(settings(night, tmp_path / "out"), rescan=True)
    other = plan_run(
        settings(night, tmp_path / "out", **OTHERS | {"matching": {"dark_scale_bounds": [1, 2]}}),
        rescan=True,
    )
    assert other.settings != usual.settings
    assert (other.basis, other.digest) == (usual.basis, usual.digest)
    assert shown(other, tmp_path / "other") == shown(usual, tmp_path / "usual")


def test_what_is_written_of_the_basis_alone_is_what_the_whole_plan_says(night, tmp_path):
    given = {
        "matching": {"substitute_filter": None, "accept_level": {"dark": 3}},
        "masters": {"subtract_bias": True},
        "calibrate": {"require": ["dark"]},
        "overrides": [{"select": {"filter": "L"}, "use": {"k": 1.5}}],
    }
    plan = plan_run(settings(night, tmp_path / "out", **given), rescan=True)
    again = plan_run(complete(plan.basis), rescan=False)
    assert again.digest == plan.digest
    assert shown(again, tmp_path / "again") == shown(plan, tmp_path / "plan")


def test_every_setting_is_known_to_matter_or_not():
    """A new one is to be put among the others above, or into BASIS if a table shows it."""
    matter = {key for key in keys(Settings) if any(f"{key}.".startswith(f"{b}.") for b in BASIS)}
    others = leaves(OTHERS)
    assert not matter & others
    mixed = {name.partition(".")[0] for name in matter} & {
        name.partition(".")[0] for name in others
    }
    for key in sorted(keys(Settings) - matter):
        section = _section(key)
        whole = section not in mixed or section == "capture"
        assert any(one.startswith(section) for one in others) if whole else _named(key, others), key


def _section(name: str) -> str:
    return name.partition(".")[0]


def _named(key: str, names: set[str]) -> bool:
    """Whether a key, or a part of the section that it is in, is among some names."""
    return any(name.split(".")[:2] == key.split(".")[:2] for name in names)


@pytest.mark.parametrize(
    "change",
    [
        {"matching": {"dark_policy": "exact"}},
        {"calibrate": {"allow_uncalibrated": True}},
        {"masters": {"min_frames": 2}},
        {"site": {"timezone": "Europe/Madrid"}},
        {"names": {"solved": "wcs/{session}/{frame}.fits"}},
    ],
)
def test_a_setting_that_matters_changes_the_digest(night, tmp_path, change):
    usual = plan_run(settings(night, tmp_path / "out"), rescan=True)
    assert plan_run(settings(night, tmp_path / "out", **change), rescan=True).digest != usual.digest
