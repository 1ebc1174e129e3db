"""One light before and after calibration, drawn side by side with the same stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from plateworks.demo.compare import Comparison, View

if TYPE_CHECKING:
    from PIL import ImageFont
    from PIL.Image import Image

WIDTH = 720  # screen pixels of one column
GAP = 18
DETAIL = 228  # screen pixels of the side of a detail
ZOOM = 2  # screen pixels a pixel in the details
SIDE = DETAIL // ZOOM
LINE = 24
PAPER, INK, FAINT, MARK = (16, 18, 22), (232, 232, 228), (150, 154, 160), (255, 176, 64)


@dataclass(frozen=True)
class Detail:
    """A place worth a closer look; `x`, `y` is its upper left pixel."""

    letter: str
    title: str
    x: int
    y: int


def choose_details(flat: np.ndarray, dark: np.ndarray) -> list[Detail]:
    """Places where the optics and the sensor show.

    Parameters
    ----------
    flat, dark : (H, W) arrays
        The truth: relative response, and electrons a second.
    """
    from scipy.ndimage import gaussian_filter, uniform_filter

    height, width = flat.shape
    dust = gaussian_filter(flat, 20) / gaussian_filter(flat, 80)
    hot = uniform_filter(np.minimum(np.maximum(dark - 0.5, 0), 2), SIDE)

    def around(values: np.ndarray) -> tuple[int, int]:
        half = SIDE // 2
        inner = values[half : height - half, half : width - half]
        y, x = np.unravel_index(np.argmax(inner), inner.shape)
        return int(x), int(y)

    return [
        Detail("A", "dust", *around(-dust)),
        Detail("B", "hot pixels", *around(hot)),
        Detail("C", "corner: vignetting, glow", width - SIDE, height - SIDE),
    ]


def draw_comparison(comparison: Comparison, details: list[Detail], heading: str) -> Image:
    """Draw a light before and after calibration: the frame, details enlarged, and the figures."""
    from PIL import Image, ImageDraw

    height, width = comparison.raw.image.shape
    tall = round(height * WIDTH / width)
    below = 92 + tall + 40  # where the details begin
    captions = [_caption(view) for view in (comparison.raw, comparison.calibrated)]
    bottom = below + DETAIL + GAP + LINE * len(captions[0]) + GAP
    sheet = Image.new("RGB", (2 * WIDTH + 3 * GAP, bottom), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, 16), heading, INK, _font(24))

    views = (("raw", comparison.raw), ("calibrated", comparison.calibrated))
    for number, (title, view) in enumerate(views):
        left = GAP + number * (WIDTH + GAP)
        draw.text((left, 58), title, MARK, _font(20))
        frame = Image.fromarray(stretch(view.image)).resize((WIDTH, tall), Image.Resampling.BOX)
        sheet.paste(_grey(frame), (left, 92))
        for index, detail in enumerate(details):
            place = (left + index * (DETAIL + GAP), below)
            _draw_detail(sheet, detail, stretch(view.image), place, (left, 92), WIDTH / width)
        for index, line in enumerate(captions[number]):
            draw.text((left, below + DETAIL + GAP + index * LINE), line, INK, _font(17))
    return sheet


def _draw_detail(
    sheet: Image,
    detail: Detail,
    shades: np.ndarray,
    place: tuple[int, int],
    frame: tuple[int, int],
    scale: float,
) -> None:
    """Mark a detail in the frame that begins at `frame`, and draw it enlarged at `place`."""
    from PIL import Image, ImageDraw

    draw = ImageDraw.Draw(sheet)
    x0, y0 = frame[0] + detail.x * scale, frame[1] + detail.y * scale
    draw.rectangle([x0, y0, x0 + SIDE * scale - 1, y0 + SIDE * scale - 1], None, MARK)
    draw.text((x0 + 4, y0 + 2), detail.letter, MARK, _font(15))
    cut = Image.fromarray(shades[detail.y : detail.y + SIDE, detail.x : detail.x + SIDE])
    sheet.paste(_grey(cut.resize((DETAIL, DETAIL), Image.Resampling.NEAREST)), place)
    draw.text((place[0], place[1] - 25), f"{detail.letter}   {detail.title}", FAINT, _font(16))


def stretch(image: np.ndarray) -> np.ndarray:
    """Shades from 0 to 1, (H, W) float32, by one rule for every image.

    The sky's median and noise set the scale: black lies four sigmas below the sky, white 250 above,
    and an inverse hyperbolic sine between (Lupton et al. 2004) keeps the unevenness of the sky as
    well as the stars.  The noise is that between neighbours, so a gradient does not widen it.
    """
    sky = np.nanmedian(image)
    sigma = 1.4826 * np.nanmedian(np.abs(np.diff(image, axis=1))) / 2**0.5
    soft = 3 * sigma
    shades = np.arcsinh((image - sky + 4 * sigma) / soft) / np.arcsinh(254 * sigma / soft)
    return np.clip(np.nan_to_num(shades), 0, 1).astype(np.float32)


def _grey(shades: Image) -> Image:
    """Eight-bit grey values of an image of shades."""
    return shades.point(lambda value: value * 255).convert("L")


def _caption(view: View) -> list[str]:
    f, a = view.figures, view.astrometry
    solved = f'{a.matches} stars matched, {a.residual:.2f}" rms' if a else "unsolved"
    return [
        f"{f.detections} detections, {f.false_detections} of them false",
        f"noise {f.noise:.1f} ADU, background gradient {f.gradient:.0f} % of the sky",
        solved,
    ]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
