"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 4,
    "cosmetic": 2,
    "badpixels": 1,
    "flatrank": 2,
    "calibrate": 5,
    "solve": 3,
    "tables": 4,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (4, "7383189ac4427996", "432c3f68cc3ea5b1"),
    "cosmetic": (2, "0c8114a487e6a060", "9d90c281c3f84134"),
    "badpixels": (1, "c0ee44bf8c77e540", "ea37b6c8f3ae2a8f"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (5, "4daa7143e6e27156", "12b56f1cb05ec15f"),
    "solve": (3, "c80641431bcaf9f2", "4bd6341608c3cc45"),
    "tables": (4, "01fc2d10b89f6062", "f3d07d2a257ccfd6"),
}
