"""The approved bytes: two hashes for each step, beside its number, and a list of all products.

A step's number says from when on its results may differ, so number and bytes change together or not
at all.  One thing is allowed: products move when what they are made from has moved.
"""

from __future__ import annotations

import hashlib
import re
import runpy
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from goldenbytes import Product
from goldennight import ROOT

VERSIONS = ROOT / "scripts" / "plateworks" / "versions.py"
PRODUCTS = Path(__file__).with_name("products.txt")

#: Step -> the steps whose products it may use in the same run.  ``given``: frames and settings.
MADE_FROM = {
    "combine": ("given", "cosmetic"),
    "cosmetic": ("given", "combine"),
    "badpixels": ("given", "combine"),
    "flatrank": ("given", "combine", "cosmetic"),
    "darkmodel": ("given", "combine"),
    "calibrate": ("given", "combine", "cosmetic", "badpixels", "flatrank"),
    "solve": ("given", "calibrate"),
    "tables": ("given", "solve"),
    "judging": ("given", "combine"),
    "lights": ("given", "solve"),
    "debayer": ("given", "solve"),
    "pages": ("given", "combine", "cosmetic", "solve", "tables", "lights"),
}
_HEADING = "# step, product, pixels, cards: written by make golden\n"


class Approved(NamedTuple):
    """What was approved: of each step its number and hashes, and every product."""

    steps: Mapping[str, tuple[int, str, str]]
    products: Mapping[str, Product]


def numbers() -> dict[str, int]:
    """Return the number of each step, as the package has it now."""
    return runpy.run_path(str(VERSIONS))["ALGORITHMS"]


def read_approved() -> Approved:
    """Return what was approved last."""
    steps = runpy.run_path(str(VERSIONS)).get("GOLDEN", {})
    lines = PRODUCTS.read_text().splitlines()[1:] if PRODUCTS.exists() else []
    products = {}
    for line in lines:
        step, name, pixels, cards = line.split()
        products[name] = Product(step, pixels, cards)
    return Approved(steps, products)


def approve(products: Mapping[str, Product], now: Mapping[str, int]) -> None:
    """Write the hashes of `products` beside the numbers of their steps, and the list."""
    entries = []
    for step, number in now.items():
        pixels, cards = fold(products, step)
        entries.append(f'    "{step}": ({number}, "{pixels}", "{cards}"),\n')
    text = f"GOLDEN = {{\n{''.join(entries)}}}\n"
    there = VERSIONS.read_text(encoding="utf-8")
    new, count = re.subn(r"^GOLDEN = \{.*?\}\n", text, there, flags=re.M | re.S)
    if count != 1:
        raise ValueError(f"{VERSIONS}: GOLDEN stands there {count} times instead of once")
    VERSIONS.write_text(new, encoding="utf-8")
    lines = (f"{p.step} {name} {p.pixels} {p.cards}\n" for name, p in products.items())
    PRODUCTS.write_text(_HEADING + "".join(lines), encoding="utf-8")


def fold(products: Mapping[str, Product], step: str) -> tuple[str, str]:
    """Return one hash of the pixels and one of the cards of all products of a step."""
    made = {name: product for name, product in products.items() if product.step == step}
    return tuple(_folded((name, getattr(made[name], part)) for name in sorted(made))
                 for part in ("pixels", "cards"))  # fmt: skip


def _folded(pairs: Iterable[tuple[str, str]]) -> str:
    text = "".join(f"{name} {value}\n" for name, value in pairs)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def moved(old: Mapping[str, Product], new: Mapping[str, Product], step: str) -> dict[str, str]:
    """Return the products of a step that changed, each with what changed of it."""
    found = {}
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if step != (after or before).step:
            continue
        if before is None or after is None:
            found[name] = "is new" if before is None else "is gone"
        elif before != after:
            parts = [part for part in ("pixels", "cards") if
                     getattr(before, part) != getattr(after, part)]  # fmt: skip
            found[name] = f"other {' and '.join(parts)}"
    return found


def offences(
    approved: Approved, products: Mapping[str, Product], now: Mapping[str, int]
) -> dict[str, str]:
    """Return the steps whose number and bytes did not change together, and what to do about each.

    Parameters
    ----------
    approved : Approved
    products : mapping
        What the workflow makes now.
    now : mapping
        The steps' numbers now.
    """
    changes = {step: moved(approved.products, products, step) for step in ("given", *now)}
    old = {step: entry[0] for step, entry in approved.steps.items()}
    raised = {step for step, number in now.items() if number != old.get(step)}
    explained = _explained(changes, raised)
    found = {}
    for step in now:
        own = {name: what for name, what in changes[step].items() if (step, name) not in explained}
        if own:
            found[step] = (
                f"The step {step} gives other bytes, but its number is {now[step]} as before:\n"
                + listed(own)
                + "If no product was to change, the code is to be mended.  If they were, raise "
                f'ALGORITHMS["{step}"] in scripts/plateworks/versions.py, run make golden, and '
                "say in CHANGELOG.md what is made again and why."
            )
        elif step in raised and not changes[step]:
            found[step] = (
                f"The number of the step {step} went from {old.get(step)} to {now[step]}, "
                "but its bytes are the same, so users would make everything again for nothing.  "
                "Take the number back; or, if the golden night does not show the change, let it: "
                "tests/golden/goldennight.py and goldenruns.py."
            )
    return found


def _explained(
    changes: Mapping[str, Mapping[str, str]], raised: Collection[str]
) -> set[tuple[str, str]]:
    """Return the steps and products that may have moved.

    That is everything of a step whose number was raised, and of one whose sources in the same run
    moved.  Where two steps use each other's products, only a raised number explains anything.
    """
    places = {(step, _run(name)) for step, names in changes.items() for name in names}
    meant = {(step, run) for step, run in places if step == "given" or step in raised}

    def has_reason(step: str, run: str) -> bool:
        return any(
            (source, run) in meant or ((source, run) in places and not _circular(step, source))
            for source in MADE_FROM.get(step, ())
        )

    while more := {place for place in places - meant if has_reason(*place)}:
        meant |= more
    return {
        (step, name)
        for step, names in changes.items()
        for name in names
        if (step, _run(name)) in meant
    }


def _circular(step: str, source: str) -> bool:
    return step == source or step in MADE_FROM.get(source, ())


def _run(name: str) -> str:
    return name.partition("/")[0]


def listed(names: Mapping[str, str], most: int = 12) -> str:
    """Return products and what became of them as indented lines, the first `most` of them."""
    lines = [f"    {name}: {what}\n" for name, what in names.items()]
    more = [f"    and {len(lines) - most} more\n"] if len(lines) > most else []
    return "".join(lines[:most] + more)
