"""The workflow makes the bytes that were approved, and a step's number changes with its bytes."""

import importlib.metadata
import re

import pytest
from astropy.io import fits

from goldenbytes import Product, read_content
from goldenledger import (
    MADE_FROM,
    Approved,
    fold,
    listed,
    moved,
    numbers,
    offences,
    read_approved,
)
from goldennight import ROOT
from goldenruns import run_all

STEPS = list(numbers())
#: Packages whose other versions may well give other bytes.
ARITHMETIC = ("numpy", "scipy", "bottleneck", "astropy", "astroscrappy", "sep", "astrometry")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("golden")


@pytest.fixture(scope="module")
def products(folder):
    return run_all(folder)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_makes_the_bytes_approved_under_its_number(products, folder, step):
    approved, now = read_approved(), numbers()
    refused = offences(approved, products, now).get(step)
    if refused:
        pytest.fail(f"{refused}\n{circumstances(folder)}", pytrace=False)
    if approved.steps.get(step) != (now[step], *fold(products, step)):
        changes = listed(moved(approved.products, products, step))
        pytest.fail(
            f"The step {step} has other bytes than were approved, as what it is made from has, or "
            f"its number was raised:\n{changes}Once no step is refused, run make golden, look at "
            f"what it prints, and commit what it writes.\n{circumstances(folder)}",
            pytrace=False,
        )


def circumstances(folder) -> str:
    """Say where the products are, and which packages are not those that the bytes come from."""
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))
    pinned = {name.lower(): version for name, version in pinned.items()}
    here = {name: importlib.metadata.version(name) for name in ARITHMETIC}
    others = [
        f"{name} {here[name]} for {pinned[name]}" for name in here if here[name] != pinned[name]
    ]
    told = f"  Not as in constraints.txt: {', '.join(others)}." if others else ""
    return f"The products lie in {folder}.{told}"


# -- the night is worth the name -------------------------------------------------------------------


def test_every_step_has_products_and_says_what_they_are_made_from(products):
    assert {product.step for product in products.values()} == {"given", *STEPS}
    assert MADE_FROM.keys() == set(STEPS)


def test_the_steps_find_something_to_do(products, folder):
    """Cards prove it: an algorithm that finds nothing would keep its bytes whatever it did."""
    header = {name: fits.getheader(folder / name) for name in (
        name.replace("/", "/results/", 1) for name in products if name.endswith(".fits")
    )}  # fmt: skip

    def card(name: str, keyword: str):
        (found,) = (cards for path, cards in header.items() if path.endswith(name))
        return found.get(keyword)

    assert card("mono/results/calibrated/20250815/light_0.fits", "DARKK") == 0.5
    assert card("mono/results/calibrated/20250815/light_0.fits", "NBIT2") > 0  # saturated
    assert card("mono/results/calibrated/20250815/light_1.fits", "DARKKTIL") == 1
    assert card("mono/results/calibrated/20250815/light_1.fits", "DARKKWHY") is None
    assert card("badpix_flat_l_lens-65_20250815.fits", "BPMETHOD") == "ratio"
    assert card("badpix_flat_ha_lens-65_20250815.fits", "BPMETHOD") == "flat"
    assert card("model_100s_m10c.fits", "DMSERVES") is True
    assert card("colour/results/calibrated/20250815/light_0.fits", "NCOSMIC") > 15
    assert card("colour/results/calibrated/20250815/light_0.fits", "NCRSTAR") > 50
    assert card("colour/results/calibrated/20250815/light_0.fits", "FLATFILE") == "flat_l_true.fits"
    assert card("whole/results/solved/20250815/light_0.fits", "PLTSOLVD") is False
    assert card("whole/results/solved/20250815/light_0.fits", "BITPIX") == 16
    assert card("whole/results/solved/20250815/light_2.fits", "SOLVEWHY").startswith("its pixels")
    solved = read_content(folder / "mono/results/report/solved.csv").cards
    assert [line.split(",")[6] for line in solved[1:]] == ["True"] * 3


# -- number and bytes change together --------------------------------------------------------------

OLD = {
    "a": Product("given", "1", "1"),
    "a/dark": Product("combine", "1", "1"),
    "a/list": Product("cosmetic", "1", "1"),
    "a/light": Product("calibrate", "1", "1"),
    "b": Product("given", "1", "1"),
    "b/light": Product("calibrate", "1", "1"),
}
BEFORE = {"combine": 1, "cosmetic": 1, "calibrate": 1}
APPROVED = Approved({step: (number, "", "") for step, number in BEFORE.items()}, OLD)


def changed(*names: str) -> dict[str, Product]:
    return {**OLD, **{name: OLD[name]._replace(cards="2") for name in names}}


@pytest.mark.parametrize(
    ("names", "raised", "refused"),
    [
        ([], [], []),
        (["a/dark"], [], ["combine"]),
        (["a/dark"], ["combine"], []),
        ([], ["combine"], ["combine"]),
        # What is made from a thing may move with it, in the same run.
        (["a/dark", "a/light"], ["combine"], []),
        (["a/dark", "a/light"], ["calibrate"], ["combine"]),
        (["a/dark", "a/light"], [], ["combine"]),
        (["a/dark", "a/light", "b/light"], ["combine"], ["calibrate"]),
        # Lists are made from darks, and flats are repaired by lists.
        (["a/dark", "a/list"], ["combine"], []),
        (["a/dark", "a/list"], ["cosmetic"], []),
        (["a/dark", "a/list"], [], ["combine", "cosmetic"]),
        # The night itself was changed.
        (["b", "b/light"], [], []),
        (["b", "a/light"], [], ["calibrate"]),
    ],
)
def test_what_may_change_together(names, raised, refused):
    now = BEFORE | {step: BEFORE[step] + 1 for step in raised}
    assert list(offences(APPROVED, changed(*names), now)) == refused


def test_a_refusal_names_the_products_and_the_remedy():
    text = offences(APPROVED, changed("b/light"), BEFORE)["calibrate"]
    assert "b/light: other cards" in text
    assert 'ALGORITHMS["calibrate"]' in text and "make golden" in text
    gone = {name: product for name, product in OLD.items() if name != "b/light"}
    assert "b/light: is gone" in offences(APPROVED, gone, BEFORE)["calibrate"]
