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
    "darkmodel": 2,
    "calibrate": 10,
    "solve": 8,
    "tables": 8,
    "lights": 3,
    "pages": 1,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (9, "4d2e4dfe6c6ad4ad", "e355bedc42a784d4"),
    "cosmetic": (6, "9b89d1f8bf3fe082", "80bb54fbea324631"),
    "badpixels": (5, "9eec091c8ceb0451", "1b7e6c8a02902fb5"),
    "flatrank": (3, "68a9b0e227c30bc6", "0aa6eb5d3e4d6f2d"),
    "darkmodel": (2, "d6e9150a9bb7bcca", "ea028ea4d7dd55e1"),
    "calibrate": (10, "679d47ac6219159e", "4428c85b4a08d819"),
    "solve": (8, "dc1812ecf6cf11f9", "a76b31530a58c4c7"),
    "tables": (8, "587f23187ae8a4c7", "736e4efc6f5927d8"),
    "lights": (3, "5f227973f3e86926", "79f8e413adf0f841"),
    "pages": (1, "2a8dd5382c973621", "80994990ef42a248"),
}
