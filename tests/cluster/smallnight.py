"""How the night is reduced that the tests of clusters share."""

from workflow import ROOT

#: The settings of the demonstration night, with its index named by its full path.
SETTINGS = {
    "raw": "raw",
    "frames_per_job": 2,
    "calibrate": {"cosmic_rays": True, "read_noise": 1.5},
    "solve": {"index_dirs": [str(ROOT / "config" / "demo")]},
}
