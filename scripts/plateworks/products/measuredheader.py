"""The cards of what masters measure, put into headers and read from files."""

from __future__ import annotations

from astropy.io import fits

from plateworks.products.headers import original_header, put
from plateworks.products.measured import (
    CAMERA,
    FULL_WELL,
    LINEARITY,
    LevelSeries,
    MeasuredCamera,
    camera_told,
)


def read_camera(path: str) -> MeasuredCamera:
    """Return what the header of a master tells of the camera."""
    return camera_told(original_header(path))


def put_measured(header: fits.Header, camera: MeasuredCamera) -> None:
    """Tell in the header of a master what it measured."""
    for cards, found in zip(CAMERA, camera, strict=True):
        if found is None:
            continue
        # Further digits depend on the processor.
        put(header, cards.value, float(f"{found.value:.5g}"), f"[{cards.unit}] {cards.words}")
        put(header, cards.error, float(f"{found.error:.2g}"), f"[{cards.unit}] its standard error")


def put_series(header: fits.Header, found: LevelSeries) -> None:
    """Tell in the header of a master flat what its frames show from level to level."""
    if found.linearity is not None:
        for (keyword, words), value in zip(LINEARITY.items(), found.linearity, strict=True):
            _put(header, keyword, value, words)
    if found.full_well is not None:
        level, error = found.full_well
        words = "the noise falls beyond" if found.full_well.reached else "not full yet, at least"
        _put(header, FULL_WELL[0], level, f"[ADU] {words}")
        _put(header, FULL_WELL[1], error, "[ADU] its error, by the next levels")


def _put(header: fits.Header, keyword: str, value: float | None, words: str) -> None:
    # Further digits depend on the processor.
    put(header, keyword, None if value is None else float(f"{value:.4g}"), words)
