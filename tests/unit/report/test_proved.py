"""What a run says at its end of products that it proved."""

import pytest

from plateworks.csvtable import write_table
from plateworks.report.proved import lines_on_proofs


@pytest.fixture
def results(tmp_path):
    """Results of which two products are proved."""
    (tmp_path / "report").mkdir()
    rows = [("a.fits", "", ""), ("b.fits", "", "")]
    write_table(tmp_path / "report" / "verify.csv", ("product", "link", "fault"), rows)
    return tmp_path


def remade(results, *differences):
    rows = [(f"{number}.fits", what) for number, what in enumerate(differences)]
    write_table(results / "report" / "remade.csv", ("product", "difference"), rows)


def test_products_that_are_proved_and_made_again_are_counted(results):
    remade(results, "", "")
    _, proved, again = lines_on_proofs(str(results), 0)
    assert proved.startswith("All 2 products that are there are proved")
    assert again.startswith("2 products were made again, to the same bytes")


def test_one_product_is_told_of_as_one(results):
    rows = [("a.fits", "", "")]
    write_table(results / "report" / "verify.csv", ("product", "link", "fault"), rows)
    remade(results, "")
    _, proved, again = lines_on_proofs(str(results), 0)
    assert proved.startswith("The 1 product that is there is proved")
    assert again.startswith("1 product was made again, to the same bytes")


def test_nothing_is_called_the_same_where_one_became_another(results):
    remade(results, "", "another image")
    assert "same bytes" not in "".join(lines_on_proofs(str(results), 0))


def test_tables_of_an_earlier_run_say_nothing(results):
    remade(results, "")
    assert lines_on_proofs(str(results), 2**62) == []


def test_a_broken_link_is_left_to_the_job_that_failed(results):
    rows = [("a.fits", "", ""), ("b.fits", "raw.fits", "holds other data")]
    write_table(results / "report" / "verify.csv", ("product", "link", "fault"), rows)
    assert lines_on_proofs(str(results), 0) == []
