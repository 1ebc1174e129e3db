"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 8,
    "cosmetic": 4,
    "badpixels": 4,
    "flatrank": 2,
    "calibrate": 9,
    "solve": 6,
    "tables": 7,
    "lights": 1,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (8, "5713058aebf03ca0", "c0fb30597219dd44"),
    "cosmetic": (4, "0c8114a487e6a060", "4ee96cb22d8d4f25"),
    "badpixels": (4, "9eec091c8ceb0451", "822d9d9216bcf322"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (9, "d286699920272120", "ab370af82085f1ef"),
    "solve": (6, "84dbab75acf9096a", "9028644681c2060b"),
    "tables": (7, "ae2a6daaed4c8066", "80a28fa78052a56e"),
    "lights": (1, "5f227973f3e86926", "1b4674eaab579408"),
}
