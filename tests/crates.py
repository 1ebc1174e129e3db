"""RO-Crates under the validator of those who make the standard.

It has an environment of its own.  It asks the network for what the terms of a crate mean; here it
finds that in its cache, into which the copy is put that the library for crates brings along.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_PYTHON = Path(sys.prefix, "crates", "bin", "python")
#: Crates of processes are built on the standard 1.1 there, and this one says that it is of 1.3.
_PROFILES = {"ro-crate-1.3": (), "process-run-crate-0.5": ("ro-crate-1.1_5.3",)}
_FILL = """
import io, sys
from pathlib import Path
import requests, urllib3
from requests_cache import CachedSession
body = Path(sys.argv[2]).read_bytes()
answer, told = requests.Response(), {"Content-Type": "application/ld+json"}
answer.status_code, answer.url, answer._content = 200, sys.argv[3], body
answer.headers.update(told)
answer.request = requests.Request("GET", answer.url, {"Accept": sys.argv[4]}).prepare()
answer.raw = urllib3.HTTPResponse(io.BytesIO(body), told, 200, request_url=answer.url)
CachedSession(sys.argv[1]).cache.save_response(answer)
"""
_TERMS = "https://w3id.org/ro/crate/1.3/context"


def faults_of_crate(folder: Path) -> list[str]:
    """Return what the validator finds that must not be, by the standard and by the profile."""
    if not _PYTHON.exists():
        pytest.skip("roc-validator is not installed: make .venv/crates/.runs")
    import rocrate

    cache = folder.parent / "cache-of-validator"
    terms = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
    accept = "application/ld+json, application/json"
    subprocess.run([_PYTHON, "-c", _FILL, cache, terms, _TERMS, accept], check=True)
    return [fault for one in _PROFILES for fault in _faults(folder, one, cache)]


def _faults(folder: Path, profile: str, cache: Path) -> list[str]:
    command = [
        _PYTHON.with_name("rocrate-validator"), "--no-interactive", "--disable-color", "validate",
        "--offline", "--cache-path", cache, "--profile-identifier", profile,
        "--requirement-severity", "REQUIRED", "--output-format", "json", folder,
    ]  # fmt: skip
    for check in _PROFILES[profile]:
        command += ["--skip-checks", check]
    done = subprocess.run(command, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["passed"] == (not found["issues"]), done.stderr
    return [f"{one['check']['identifier']}: {one['message']}" for one in found["issues"]]
