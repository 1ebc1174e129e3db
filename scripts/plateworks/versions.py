"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 7,
    "cosmetic": 3,
    "badpixels": 2,
    "flatrank": 2,
    "calibrate": 8,
    "solve": 5,
    "tables": 6,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (7, "e75fe9c817993cfb", "3e712b7286266aaf"),
    "cosmetic": (3, "0c8114a487e6a060", "95fcb4464d7dff21"),
    "badpixels": (2, "9eec091c8ceb0451", "474c6875800f7d95"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (8, "d286699920272120", "8051a5cf4a78a43f"),
    "solve": (5, "c888190cdc8817c9", "a5f7e79461d46a0d"),
    "tables": (6, "ae2a6daaed4c8066", "10b581efa433a50f"),
}
