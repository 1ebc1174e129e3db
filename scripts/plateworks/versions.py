"""Versions of the algorithms whose results products depend on.

Snakemake does not see edits of this package.  Every rule therefore carries the version of its step
as a parameter: raise it when results may change, and the products are made again.  Then run ``make
golden``: a test fails unless number and bytes change together.
"""

ALGORITHMS = {
    "combine": 11,
    "cosmetic": 6,
    "badpixels": 6,
    "flatrank": 3,
    "darkmodel": 3,
    "calibrate": 13,
    "solve": 11,
    "tables": 11,
    "judging": 1,
    "lights": 5,
    "debayer": 1,
    "pages": 3,
}

#: The number of what makes a picture of a raw frame of amplifiers: raised, it makes again what such
#: frames are in, and nothing else.  A test of these frames ties it to their pixels.
ASSEMBLY = 1
#: The number of how the gains of amplifiers are measured.
GAINS = 2

#: Step -> its number, and hashes of all pixels and all cards that it makes of the golden night, in
#: tests/golden.  Written by ``make golden``.
GOLDEN = {
    "combine": (11, "3507bf2d2457a906", "879925b5abff9714"),
    "cosmetic": (6, "9b89d1f8bf3fe082", "80bb54fbea324631"),
    "badpixels": (6, "9eec091c8ceb0451", "e2b61e835c797125"),
    "flatrank": (3, "68a9b0e227c30bc6", "0aa6eb5d3e4d6f2d"),
    "darkmodel": (3, "d6e9150a9bb7bcca", "b168a4d4f85ace89"),
    "calibrate": (13, "1ff063c2fbeabf9d", "d5c8fd3927a27e12"),
    "solve": (11, "df6f4b40d0609ce4", "d90f8d4aa317b015"),
    "tables": (11, "587f23187ae8a4c7", "6738996ce301bb37"),
    "judging": (1, "f850eea96e838f80", "6f6cc5b304a18b02"),
    "lights": (5, "5f227973f3e86926", "9eab5b78172bb6fa"),
    "debayer": (1, "9159aa92896af8f4", "de391e325f319b27"),
    "pages": (3, "6db1816105276f10", "5fe73c82e3a86673"),
}
