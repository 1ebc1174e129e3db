"""The suites of benchmarks: all are in one, one that fails stops no other, the page tells all."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import run  # noqa: E402
import sidebyside  # noqa: E402
from suites import ACCURACY, COSTS, Bench  # noqa: E402
from summary import Ran, asked, page_of, section, words_of  # noqa: E402
from targets import ASKED, Asked  # noqa: E402

SAYS = '''"""What it does.

    python says.py

More of ``it``."""
from sidebyside import figure, keep
print(keep("a table", "| a | b |"))
keep("a table", "| a | c |")
figure("night.cpu", 0.2)
'''


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """Return a function that makes a benchmark of a text; results go below the test's folder."""
    out = tmp_path / "out"
    monkeypatch.setattr(sidebyside, "OUT", out)
    monkeypatch.setattr(run, "OUT", out)
    monkeypatch.setitem(run.PAGES, "costs", tmp_path / "page.md")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "benchmarks"))

    def bench(name: str, text: str, **more: object) -> Bench:
        (tmp_path / f"{name}.py").write_text(text)
        return Bench(str(tmp_path / name), name.title(), **more)

    return bench


def test_every_benchmark_is_in_one_suite():
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("bench_*.py")}
    costs, accuracy = ({bench.script for bench in some} for some in (COSTS, ACCURACY))
    assert costs | accuracy == scripts
    assert not costs & accuracy


def test_whatever_is_asked_is_measured_by_a_benchmark_of_costs():
    assert {one.script for one in ASKED} <= {bench.script for bench in COSTS}
    assert len({one.name for one in ASKED}) == len(ASKED)


def test_every_campaign_names_a_page_that_is_there():
    for bench in ACCURACY:
        assert not bench.page or (ROOT / "docs" / bench.page).is_file(), bench.script


def test_one_that_fails_does_not_stop_the_next_and_is_told(suite, tmp_path, capfd):
    benches = (
        suite("breaks", '"""It breaks."""\nprint("so far")\nraise SystemExit(3)\n'),
        suite("says", SAYS),
    )
    assert run.main(["costs"], {"costs": benches}) == 1
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "**Failed: it ended with exit status 3.**" in page
    assert "```\nso far\n```" in page
    assert "| a | c |" in page
    assert "| a | b |" not in page
    assert "failed: python benchmarks/" in capfd.readouterr().err


def test_a_whole_run_without_failure_ends_well(suite, tmp_path):
    assert run.main(["costs"], {"costs": (suite("says", SAYS),)}) == 0
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| a night to Siril's: CPU | ≤ 0.20 | 0.20 | `bench_night.py` |" in page
    assert "not measured" in page
    assert "What it does.\n\nMore of `it`." in page


def test_of_some_or_small_ones_no_page_of_docs_is_written(suite, tmp_path):
    benches = suite("says", SAYS), suite("other", SAYS)
    assert run.main(["costs", "--only", benches[0].script], {"costs": benches}) == 0
    assert not (tmp_path / "page.md").exists()
    trial = (tmp_path / "out" / "trial.md").read_text(encoding="utf-8")
    assert "## Not run\n\n* Other:" in trial


def test_one_that_does_not_end_is_ended(suite, tmp_path):
    bench = suite("hangs", 'print("begun")\nimport signal\nsignal.pause()\n', limit_s=0.0)
    assert run.run(bench, 0).failure == "it had not ended after 0 minutes"


def test_an_unknown_name_is_refused(suite):
    with pytest.raises(SystemExit):
        run.main(["costs", "--only", "bench_nigt"], {"costs": (suite("says", SAYS),)})


@pytest.mark.parametrize(
    ("value", "told"), [(0.2, "0.20"), (0.204, "0.20"), (0.206, "**0.21**"), (None, "not measured")]
)
def test_what_is_not_met_is_bold(value, told):
    figures = {} if value is None else {"x": value}
    assert Asked("it", "x", "bench_night", 0.2).told(figures) == told


def test_a_least_figure_is_met_from_there_on():
    one = Asked("it", "x", "bench_night", least=500.0, unit="MB", digits=0)
    assert one.bound == "≥ 500 MB"
    assert one.told({"x": 499.0}) == "**499 MB**"
    assert one.told({"x": 1500.0}) == "1,500 MB"


def test_sections_leave_out_how_a_script_is_called(tmp_path):
    assert "python benchmarks/" not in words_of(COSTS[0].path)
    ran = Ran(61.4, "", "", tmp_path / "nothing kept")
    assert section(COSTS[0], ran).endswith("`python benchmarks/bench_night.py`, 61 s\n")


def test_what_was_not_run_is_named():
    page = page_of("costs", COSTS, {})
    for bench in COSTS:
        assert f"* {bench.title}: `{bench.command}`" in page
    assert "0 of" in asked({})
