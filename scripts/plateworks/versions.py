"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 9,
    "cosmetic": 5,
    "badpixels": 4,
    "flatrank": 2,
    "calibrate": 9,
    "solve": 7,
    "tables": 8,
    "lights": 2,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (9, "405191292b897db0", "f89cc165aad7f343"),
    "cosmetic": (5, "54c08ad47331fe5e", "aa18b9dc02957a45"),
    "badpixels": (4, "9eec091c8ceb0451", "2a00e5e7549b18bf"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (9, "696d85681aeb546e", "88864c2ead037745"),
    "solve": (7, "1c3c1618176d21dd", "f74dc76c99da5745"),
    "tables": (8, "587f23187ae8a4c7", "b80c16c88b6206c3"),
    "lights": (2, "5f227973f3e86926", "465dd91c45ee9320"),
}
