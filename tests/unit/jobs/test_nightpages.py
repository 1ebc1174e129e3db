"""What the page of a night is told of the masters of its lights."""

from types import SimpleNamespace

import pytest

from frames import settings, write_frame
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.nightpages import NightPages
from plateworks.ledger.entry import Entry
from plateworks.ledger.ledger import Ledger
from plateworks.planning.run import plan_run


@pytest.mark.parametrize(
    ("state", "said"), [("doubtful", "found doubtful on 2025-08-16"), ("good", None)]
)
def test_what_a_ledger_says_against_a_master_stands_beside_it(tmp_path, state, said):
    for kind, count in (("DARK", 3), ("LIGHT", 1)):
        for minute in range(count):
            write_frame(
                tmp_path / "raw" / f"{kind}_{minute}.fits", kind, exptime=60.0,
                date_obs=f"2025-08-15T20:{minute:02d}:00",
            )  # fmt: skip
    made = settings(tmp_path / "raw", tmp_path / "results", calibrate={"require": ["dark"]})
    [dark] = plan_run(made, rescan=True).usable
    word = Entry(dark.path, state, "plateworks", "2025-08-16T08:00:00", "noisier")
    Ledger.of_results(str(tmp_path / "results")).record([word])
    pages = NightPages(Jobs(plan_run(made, rescan=True)))
    [row] = pages.order(SimpleNamespace(session="20250815")).data["rows"]
    told = {slot["kind"]: slot.get("said") for slot in row["slots"]}
    assert told["flat"] is None
    assert told["dark"] == (said and f"{said} by plateworks: noisier")


def test_only_the_last_night_of_a_watch_renews_itself(tmp_path):
    for day in (14, 15):
        date = f"2025-08-{day}T22:00:00"
        write_frame(tmp_path / "raw" / f"{day}.fits", "LIGHT", exptime=60.0, date_obs=date)
    write_frame(tmp_path / "raw" / "undated.fits", "LIGHT", exptime=60.0, date_obs=None)
    made = settings(tmp_path / "raw", tmp_path / "results", renew_s=10.0)
    pages = NightPages(Jobs(plan_run(made, rescan=True)))
    nights = ("20250814", "20250815", "undated")
    assert [pages.renewal(SimpleNamespace(session=one)) for one in nights] == [0.0, 10.0, 0.0]
