"""A dark of any exposure and temperature, made of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from plateworks.darklaw import noise_in_frames
from plateworks.digests import digest_of
from plateworks.metadata.darkmodels import MODELLED, PLACES
from plateworks.orders.darkmodels import ModelledDarkOrder
from plateworks.pixels.darkfit import Terms
from plateworks.pixels.photontransfer import Measured
from plateworks.pixels.statistics import median
from plateworks.products.darkcards import OF_MODEL
from plateworks.products.darkmodelfile import (
    DARKS,
    law_of_file,
    ordinary_of_file,
    table_beyond,
)
from plateworks.products.headers import DIGEST, clean_header, lineage, put, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.inputs import Inputs
from plateworks.products.measured import MeasuredCamera
from plateworks.products.measuredheader import put_measured
from plateworks.products.pixeltable import read_pixels
from plateworks.products.tables import read_table
from plateworks.versions import ALGORITHMS


def make_modelled_dark(order: ModelledDarkOrder, output: str) -> None:
    """Make a dark of a model; where that does not serve, the dark says so as well.

    Parameters
    ----------
    order : ModelledDarkOrder
    output : str
        The FITS file to write.

    Raises
    ------
    FrameError
        If the model cannot be read.
    """
    model, darks, place = read_image(order.model), read_table(order.model, DARKS), order.place
    assert model.rate is not None, f"{order.model} is a model of the dark"
    law = law_of_file(model.header, darks)
    expected, ordinary = law.at(place), ordinary_of_file(model.header)
    glow = np.zeros(1, np.float32) if model.glow is None else model.glow
    terms = Terms(model.data, model.rate, glow)
    pixels = expected.dark(terms)
    header = clean_header(model.header)
    put(header, "IMAGETYP", MODELLED, "type of image")
    header.remove(PLACES)
    put(header, OF_MODEL, model.header[DIGEST], "digest of the model that it is made of")
    put(header, "EXPTIME", place.exposure, "[s] exposure that it stands for")
    put(header, "SET-TEMP", place.temperature, "[degC] temperature that it stands for")
    put(header, "CCD-TEMP", place.temperature, "[degC] the same")
    weights = law.line.at(expected.seconds, expected.exposure)
    if (darks["FRAMES"] > 0).all():
        worth = noise_in_frames(weights, darks["FRAMES"].tolist())
        put(header, "NCOMBINE", max(1, round(worth)), "frames that have as little noise")
    put(header, "PWMEDIAN", median(pixels), "[ADU] median of all pixels")
    noise = float(expected.deviations(ordinary, ordinary))
    put(header, "PWNOISE", float(f"{noise:.4g}"), "[ADU] noise of an ordinary pixel")
    put_measured(header, MeasuredCamera(_of_frame(weights, darks["ONEVAR"])))
    digest = digest_of(
        model=model.header[DIGEST],
        place=place,
        uncertainty=order.uncertainty,
        algorithm=ALGORITHMS["darkmodel"],
    )
    stamp(header, digest, ALGORITHMS["darkmodel"], order.told)
    lineage(header, [f"by the model {Path(order.model).name} {Inputs().digest(order.model)}"])
    rows = read_pixels(order.model)
    tables = () if rows is None else (table_beyond(rows.x, rows.y, rows.kinds),)
    sigma = None
    if order.uncertainty:
        sigma = expected.deviations(terms, ordinary).astype(np.float32)
    write_image(output, Image(pixels, header, sigma=sigma, tables=tables))


def _of_frame(weights: tuple[float, ...], variances: np.ndarray) -> Measured | None:
    """Return the noise of one frame there: its variance follows the same law as the dark."""
    variance = float(np.dot(weights, variances))
    if not variance > 0:
        return None
    return Measured(variance**0.5, 0.01 * variance**0.5)
