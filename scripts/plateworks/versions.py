"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 9,
    "cosmetic": 6,
    "badpixels": 4,
    "flatrank": 2,
    "calibrate": 9,
    "solve": 7,
    "tables": 8,
    "lights": 3,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (9, "72d4af04838c1288", "9b65cd75fbbd562c"),
    "cosmetic": (6, "9b89d1f8bf3fe082", "20c5c7771a66824c"),
    "badpixels": (4, "9eec091c8ceb0451", "fb6b515903900db3"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (9, "679d47ac6219159e", "22af0c6938c9076c"),
    "solve": (7, "dc1812ecf6cf11f9", "5e88731559fdd4ed"),
    "tables": (8, "587f23187ae8a4c7", "08ee8b1d10970d22"),
    "lights": (3, "5f227973f3e86926", "23012dd16b9fb8af"),
}
