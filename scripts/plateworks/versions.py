"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 9,
    "cosmetic": 6,
    "badpixels": 5,
    "flatrank": 3,
    "calibrate": 10,
    "solve": 8,
    "tables": 8,
    "lights": 3,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (8, "b0a0bc2353e22d28", "9a6ebf46a0799dc4"),
    "cosmetic": (5, "54c08ad47331fe5e", "aa18b9dc02957a45"),
    "badpixels": (4, "9eec091c8ceb0451", "9a5a565bda6f0abd"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (9, "696d85681aeb546e", "6f0e909dec80f4c4"),
    "solve": (7, "1c3c1618176d21dd", "6f771aa7e4309fa0"),
    "tables": (7, "ae2a6daaed4c8066", "f28a06fa65200a3d"),
    "lights": (2, "5f227973f3e86926", "465dd91c45ee9320"),
}
