"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 8,
    "cosmetic": 5,
    "badpixels": 4,
    "flatrank": 2,
    "calibrate": 9,
    "solve": 7,
    "tables": 7,
    "lights": 2,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (8, "b0a0bc2353e22d28", "7fbf763534fba2da"),
    "cosmetic": (5, "54c08ad47331fe5e", "aa18b9dc02957a45"),
    "badpixels": (4, "9eec091c8ceb0451", "e398dd16628688a6"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (9, "696d85681aeb546e", "a029be0a71691da4"),
    "solve": (7, "1c3c1618176d21dd", "577aa26784d589c9"),
    "tables": (7, "ae2a6daaed4c8066", "3761995cb1cc10e7"),
    "lights": (2, "5f227973f3e86926", "aabefcdc3c10cd39"),
}
