"""Who ends Snakemake ends the exposure that it takes, however Snakemake was started."""

import signal

import numpy as np
import pytest
import yaml

from blocked import blocked, said_to_the_end
from frames import ROOT
from observatory.misbehaving import misbehaving

SECONDS = 600.0
ARGUMENTS = [
    "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--workflow-profile", "none",
    "--cores", "1", "capture_darks", "--configfile", "my.yaml",
]  # fmt: skip


@pytest.fixture
def camera():
    frame = np.random.default_rng(1).integers(400, 600, (40, 60), dtype=np.uint16)
    with misbehaving(frame) as server:
        yield server


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (signal.SIGTERM, {}),
        (signal.SIGINT, {"ignored": [signal.SIGINT, signal.SIGHUP]}),
        (signal.SIGTERM, {"held": [signal.SIGINT, signal.SIGTERM]}),
    ],
    ids=["kill", "in the background", "held back"],
)
def test_a_signal_to_snakemake_alone_aborts_the_exposure_and_leaves_nobody(
    camera, tmp_path, number, how
):
    darks = {"science_exposure_time": SECONDS, "exposure_factors": [1.0], "max_exposure": SECONDS}
    own = {"armed": True, "no_confirm": True, "address": camera.address, "raw_dir": "raw"}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump({"capture": own | {"darks": darks}}))
    with blocked(ARGUMENTS, folder=tmp_path, **how) as process:
        camera.await_call("startexposure", number=2)  # the level without light, and a dark
        process.send_signal(number)
        said = said_to_the_end(process)
    assert process.returncode == 1
    assert camera.count("abortexposure") == 1
    assert not camera.devices["camera"]["connected"]
    (log,) = tmp_path.glob("results/logs/capture/*/darks.log")
    assert "stopped by SIGTERM; the devices were left as configured" in log.read_text()
    assert "Traceback" not in said
    assert not list(tmp_path.glob("raw/**/*.fits"))
