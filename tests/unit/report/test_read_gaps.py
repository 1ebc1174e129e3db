"""What is to be captured next is read from its table as it was written there."""

from plateworks.csvtable import write_table
from plateworks.report.gaps import Gap, read_gaps

GAP = Gap(
    kind="dark", camera="made", width=64, height=48, xbin=1, ybin=None, gain=100.0, offset=50.0,
    readout_mode="high", set_temp_degC=-10.0, exposure_s=30.0, filter="", telescope="",
    rotator_deg=None, frames=20, lights=3, refused=0, level_now=2, level_then=0,
    nights="20250815 20250816", reason="it is scaled", setting="",
)  # fmt: skip


def test_gaps_are_read_again_with_texts_numbers_and_what_is_not_known(tmp_path):
    table = tmp_path / "missing.csv"
    write_table(table, Gap._fields, [GAP])
    [gap] = read_gaps(table)
    assert gap == GAP
    assert gap.title == "dark for 30 s at \N{MINUS SIGN}10 °C, gain 100"
