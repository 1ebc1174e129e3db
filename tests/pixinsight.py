"""A stand-in for the program PixInsight: it takes its options, and makes what a script asks for.

The frames are averaged plainly, and written between 0 and 1 with the few cards that PixInsight
writes; a file ``behaviour`` beside this program says how to fail.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import numpy as np
from astropy.io import fits
from xisf import XISF

HERE = Path(__file__).parent


def strings(script: str, key: str) -> list[str]:
    """Return the texts that follow a word in the script, up to the end of the statement."""
    found = re.findall(rf"(?:{key})(.*?);\n", script, re.S)
    quoted = (text for part in found for text in re.findall(r'"(?:[^"\\]|\\.)*"', part))
    return [json.loads(text) for text in quoted]


def main(arguments: list[str]) -> int:
    """Run the script, as the file ``behaviour`` says."""
    (HERE / "arguments").write_text("\n".join(arguments))
    behaviour = (HERE / "behaviour").read_text() if (HERE / "behaviour").exists() else ""
    if behaviour == "hang":
        time.sleep(600)
    if behaviour == "silent":
        return 0
    script = Path(next(a for a in arguments if a.startswith("-r="))[3:]).read_text()
    log = strings(script, r"beginLog\( ")[0]
    lines = ["Starting up"]
    if behaviour != "fail":
        raws = strings(script, r"images\.concat\( \[|targetFrames = ")
        raws = [raw for raw in raws if not raw.endswith("_c.xisf")]
        frames = [fits.getdata(raw) for raw in raws]
        image = np.mean(frames, axis=0) / np.iinfo(frames[0].dtype).max
        kind = {"1": "BIAS", "2": "DARK", "3": "MASTER FLAT"}[
            re.search(r"imageType = (\d)", script)[1]
        ]
        cards = {
            "IMAGETYP": [{"value": f"'{kind}'", "comment": "Type of image"}],
            "HISTORY": [{"value": "", "comment": "Integration with ImageIntegration process"}],
        }
        output = strings(script, r"integrateTo\( P, ")[0]
        XISF.write(
            output, image.astype(np.float32)[..., np.newaxis],
            creator_app="PixInsight 1.8.9", image_metadata={"FITSKeywords": cards},
        )  # fmt: skip
        if behaviour == "truncate":
            Path(output).write_bytes(Path(output).read_bytes()[:-100])
        lines.append(f"Made: {output}")
    else:
        lines.append("FAILED: Error: ImageIntegration failed")
    lines.append("Plateworks: end of the script")
    Path(log).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("PixInsight Core: some words on the standard output")
    if "--force-exit" not in arguments:
        time.sleep(5)
    return 3 if behaviour == "status" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
