"""The best flat of a trial is taken from its table, and a table of another hand is named."""

import pytest

from plateworks.csvtable import write_table
from plateworks.errors import PlateworksError
from plateworks.orders.frames import FrameOrder
from plateworks.orders.lights import FlatChoice, FlatTrial, LightOrder, MatchQuality
from plateworks.products.flattrial import choose_flat


def order(table) -> LightOrder:
    match = MatchQuality(level=0, reason="exact")
    candidates = tuple(FlatChoice(path=name, match=match) for name in ("a.fits", "b.fits"))
    trial = FlatTrial(scores=str(table), candidates=candidates)
    return LightOrder(frame=FrameOrder(raw="light.fits"), output="out.fits", trial=trial)


def test_the_first_by_rank_is_taken_with_its_score(tmp_path):
    rows = [("a.fits", "0.5", 2), ("b.fits", "0.25", 1)]
    write_table(tmp_path / "scores.csv", ["flat", "score", "rank"], rows)
    chosen = choose_flat(order(tmp_path / "scores.csv"))
    assert chosen.flat.path == "b.fits"
    assert chosen.flat.match.reason == "best of 2 by trial, score 0.25; exact"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no row of a.fits"),
        ("flat,score,rank\na.fits,1,1\n", "no row of b.fits"),
        ("flat,score,rank\na.fits,1,first\n", "line 2: ValueError"),
        ("flat,score\na.fits,1\n", "line 2: KeyError"),
        ("\0" * 200_000, "no row of a.fits|field larger than field limit"),
    ],
)
def test_scores_of_another_hand_are_a_sentence(tmp_path, content, said):
    (tmp_path / "scores.csv").write_text(content)
    with pytest.raises(PlateworksError, match=said) as caught:
        choose_flat(order(tmp_path / "scores.csv"))
    assert "scores.csv is not the table that Plateworks wrote" in str(caught.value)
