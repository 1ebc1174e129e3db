"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 2,
    "cosmetic": 2,
    "badpixels": 1,
    "flatrank": 2,
    "calibrate": 4,
    "solve": 2,
    "tables": 3,
}

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (2, "43aa1b08a88c431c", "10b74e49036edc90"),
    "cosmetic": (2, "0c8114a487e6a060", "9d90c281c3f84134"),
    "badpixels": (1, "c0ee44bf8c77e540", "d275d455307564cc"),
    "flatrank": (2, "68a9b0e227c30bc6", "1647ea35c354052a"),
    "calibrate": (4, "4daa7143e6e27156", "e97c54ddb3822a9d"),
    "solve": (2, "c80641431bcaf9f2", "f4e8f08566d1a9ae"),
    "tables": (3, "01fc2d10b89f6062", "62ef07778a484471"),
}
