"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.
"""

ALGORITHMS = {
    "combine": 2,
    "cosmetic": 2,
    "badpixels": 1,
    "flatrank": 2,
    "calibrate": 4,
    "solve": 2,
    "tables": 2,
}
