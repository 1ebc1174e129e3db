"""Plateworks: from raw astronomical frames to masters, calibrated and plate-solved frames.

The rooms of the package and the one direction of their imports are kept by
``tests/unit/test_rooms.py``.  Nothing here imports Snakemake.
"""

from plateworks.startup import lighten

__version__ = "0.1.0"

lighten()
