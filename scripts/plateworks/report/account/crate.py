"""The account of a run as an RO-Crate: what archives and workflow registries read.

The results are the crate: each product is a file of it, made by an action (`Process Run Crate
<https://w3id.org/ro/wfrun/process>`_), and each raw frame a work that lies elsewhere, known by its
digest.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from plateworks.files import atomic
from plateworks.metadata import formats
from plateworks.report.account.account import NAME, Account, Made, Used

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

#: Where it lies below the results, as the standard has it, and which standard that is.
CRATE = "ro-crate-metadata.json"
_VERSION = "1.3"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
#: Where the software is at home whose version is named; of the rest it is PyPI.
_HOMES = {"python": "https://docs.python.org/release/{1}/"}
_FORMATS = {".json": "application/json", ".lst": "text/plain"}
_FITS = "image/fits"
#: A name, as it has no place of its own that could be named.
_PLATEWORKS = "urn:software:plateworks"


def write_crate(account: Account, results: str) -> None:
    """Write the account of a run as an RO-Crate, whole or not at all.

    Parameters
    ----------
    account : Account
    results : str
        The folder of results, in which ``report/run.json`` is.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    text = json.dumps(_crate(account).metadata.generate(), indent=1, sort_keys=True) + "\n"
    with atomic(os.path.join(results, CRATE), "w") as stream:
        stream.write(text)


def _crate(account: Account) -> ROCrate:
    from rocrate.rocrate import ROCrate  # its import takes 0.2 s, and few runs get here

    crate = ROCrate(version=_VERSION)
    root = crate.root_dataset
    root["name"] = f"Calibrated frames of {' '.join(account.nights) or 'no night'}"
    root["description"] = (
        f"{len(account.products)} products of Plateworks: masters, pixels to repair, calibrated "
        f"and plate-solved frames.  {NAME} tells the same in a plainer form."
    )
    root["datePublished"] = _day(account.nights)
    told = "None is stated: ask who took the frames."
    root["license"] = _to(
        [_context(crate, "#licence", "CreativeWork", name=told, description=told)]
    )
    kinds = ["CreativeWork", "Profile"]
    profile = _context(crate, _PROFILE, kinds, name="Process Run Crate", version="0.5")
    root["conformsTo"] = _to([profile])
    _add_software(crate, account)
    _add_file(crate, NAME, "Account of the run: versions, settings, digests, verdicts")
    made = account.products.items()
    named = set[str]()
    root["mentions"] = _to([_add_product(crate, name, one, account, named) for name, one in made])
    return crate


def _day(nights: tuple[str, ...]) -> str:
    """Return the day of the last night: a day of this run would make two crates of one result."""
    dated = [night for night in nights if night.isdigit() and len(night) == 8]
    if not dated:
        return datetime.now(UTC).date().isoformat()
    return f"{dated[-1][:4]}-{dated[-1][4:6]}-{dated[-1][6:]}"


def _add_software(crate: ROCrate, account: Account) -> None:
    needed = [
        _context(crate, url, "SoftwareApplication", name=name, version=version, url=url)
        for name, version in account.software.items()
        if name != "plateworks"
        for url in [_HOMES.get(name, "https://pypi.org/project/{0}/{1}/").format(name, version)]
    ]
    values = [("setting", account.settings), ("algorithm", account.algorithms)]
    settings = [
        _context(crate, f"#{kind}/{quote(name)}", "PropertyValue", name=name, value=str(value))
        for kind, some in values
        for name, value in some.items()
    ]
    _context(
        crate,
        _PLATEWORKS,
        "SoftwareApplication",
        name="Plateworks",
        version=account.software["plateworks"],
        url=_PLATEWORKS,
        description="A Snakemake workflow that calibrates and plate-solves astronomical frames.",
        softwareRequirements=_to(needed),
        additionalProperty=_to(settings),
    )


def _add_product(crate: ROCrate, name: str, made: Made, account: Account, named: set[str]) -> str:
    """Add a product, and raw frames that nothing has named so far; return the action between.

    The crate would look for each of them through all that it holds.
    """
    verdict = account.verdicts.get(name)
    told = {
        "contentSize": str(made.size),
        "identifier": made.data and f"xxh3-128:{made.data}",
        "creativeWorkStatus": "set aside" if made.failed else verdict and verdict.verdict,
        "abstract": made.failed or (verdict and verdict.why),
    }
    _add_file(crate, name, made.kind, **{key: value for key, value in told.items() if value})
    return _context(
        crate,
        f"#make/{quote(name)}",
        "CreateAction",
        name=f"Making of {name}",
        instrument={"@id": _PLATEWORKS},
        object=_to([_used(crate, one, account, named) for one in made.used]),
        result={"@id": quote(name)},
        **({"identifier": f"xxh3:{made.recipe}"} if made.recipe else {}),
    )


def _used(crate: ROCrate, used: Used, account: Account, named: set[str]) -> str:
    if used.file in account.products:
        return quote(used.file)
    there = f"#{'raw' if used.raw else 'elsewhere'}/{quote(used.file)}"
    if there not in named:
        named.add(there)
        known = {"rest": used.rest} if used.rest else {}
        _context(
            crate,
            there,
            "CreativeWork",
            name=used.file,
            identifier=[f"xxh3-128:{used.data}", *(f"{k}:xxh3-128:{v}" for k, v in known.items())],
        )
    return there


def _add_file(crate: ROCrate, name: str, description: str, **told: str) -> None:
    from rocrate.model.data_entity import DataEntity

    image = formats.named(name)
    form = _FORMATS.get(os.path.splitext(name)[1], image.media_type if image else _FITS)
    properties = {"@type": "File", "name": name, "description": description, "encodingFormat": form}
    crate.add(DataEntity(crate, quote(name), properties | told))


def _context(crate: ROCrate, identity: str, kind: str | list[str], **properties: Any) -> str:
    from rocrate.model.contextentity import ContextEntity

    there = {key: value for key, value in properties.items() if value not in ("", [], None)}
    crate.add(ContextEntity(crate, identity, {"@type": kind, **there}))
    return identity


def _to(identities: list[str]) -> list[dict[str, str]] | dict[str, str]:
    """Return references; a single one as such, which the standard asks for."""
    found = [{"@id": one} for one in dict.fromkeys(identities)]
    return found[0] if len(found) == 1 else found
