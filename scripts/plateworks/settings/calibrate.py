"""The light frames: the section ``calibrate``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrate(Section):
    """What a light must have, what it becomes, and what is known of the camera."""

    require: tuple[Literal["bias", "dark", "flat"], ...] = setting(
        ("dark", "flat"), "slots without which a light is refused", unique=True
    )
    complete_partly: bool = setting(
        False,
        "true: a light that lacks only some steps gets those",
        more="What was done is read in its header: CALSTAT and the marks of other programs. "
        "CALSTAT of the product says all steps. false: such a light is set aside.",
    )
    allow_uncalibrated: bool = setting(
        False, "true: no light is refused; it gets what matches, be it nothing"
    )
    durable: bool = setting(
        False,
        "true: a calibrated or solved frame is on the disk before it has its name",
        more="As `masters.durable`. false: after a power cut, delete the frames of the last "
        "minutes, and the next run makes them again.",
    )
    overscan: Literal["auto", "median", "fit", "off"] = setting(
        "auto",
        "how the level of an overscan is told: `auto`, `median`, `fit`; `off`: it stays",
        more="Where sections of a header (`BIASSEC`, `TRIMSEC`, `DATASEC` and their like) or the "
        "profile of a camera tell where it lies, it is subtracted from every raw frame, this is "
        "trimmed, and amplifiers are put together. `median`: each row has its own level; `fit`: "
        "they follow a curve; `auto`: the curve, where their noise lets nothing else be seen. "
        "`off`: such frames are used as they are stored, and named; several images are set aside. "
        "[docs/amplifiers.md](../docs/amplifiers.md) has more.",
    )
    amplifier_gains: Literal["auto", "measured", "header"] = setting(
        "auto",
        "by what several amplifiers are brought to one gain: `auto`, `measured`, `header`",
        more="`header`: by the gain that its header, or the profile of the camera, says of each; "
        "where one is unknown, each stays as it is read, and the flat evens the seams. `auto`: the "
        "same, and where one is unknown, all are measured, by pairs of flats and of bias frames of "
        "the first night that has them and tells it. `measured`: in any case, where there are such "
        "pairs. "
        "[docs/amplifiers.md](../docs/amplifiers.md) has more.",
    )
    units: Literal["adu", "electron"] = setting(
        "adu", "`adu`, or `electron`: multiplied by the electrons per ADU"
    )
    uncertainty: bool = setting(
        False,
        "true: lights and masters get an extension UNCERT, their standard deviation",
        more="In the unit of the pixels, as astropy's `CCDData` reads it. It needs electrons per "
        "ADU and read noise; a light of which nothing tells them is set aside. "
        "[docs/errors.md](../docs/errors.md) says what is in it and what is not. It takes 40 % "
        "more disk.",
    )
    cosmic_rays: bool = setting(
        False,
        "true: L.A.Cosmic marks cosmic rays in the mask and repairs them",
        more="Lights that were debayered before they were saved are left as they are, and say so.",
    )
    output_type: Literal["float32", "raw"] = setting(
        "float32",
        "`float32`, or `raw`: rounded and clamped to the raw frames' integer type",
        more="`float32` is unclamped, and NaN where a pixel cannot be calibrated; with `raw`, that "
        "is 0.",
    )
    pedestal: float | Literal["auto"] = setting(
        "auto",
        "added before rounding, with `output_type: raw`; `auto`: so that no sky is clamped",
        more="In the unit of the product. `auto` is 100 where the raw frames are unsigned and have "
        "16 bits or more, and 200, 500, 1000 … where the darkest part of the frame needs that; it "
        "is written as `PEDESTAL = -100`, what is to be added for zero-based data. Pixels that are "
        "clamped all the same are marked 32 in the mask and counted (`NBIT5`).",
        what="a number, or auto",
    )
    flat_floor: float = setting(
        0.05,
        "part of the flat's median below which a pixel is not divided, but masked",
        unit="a part",
        over=0,
        most=1,
    )
    egain: float | None = setting(
        None,
        "electrons per ADU; null: as the flats measure it, or as EGAIN says",
        more="Two flats or more measure it (`PWGAIN`), if the bias or dark that is taken from them "
        "is of two frames or more, of whole numbers as the converter gives them. `PWGAINBY` of a "
        "light says which counted. A number given here wins over all. With `units: electron`, a "
        "light of which nothing tells it is refused.",
        over=0,
    )
    gain_is_egain: bool = setting(
        False,
        "true: the header's GAIN is electrons per ADU",
        more="With most CMOS cameras it is a setting. Where it is said, the header counts before "
        "what flats measure.",
    )
    read_noise: float | None = setting(
        None,
        "read noise in electrons; null: as bias frames measure it, or as RDNOISE says",
        more="`PWRDNBY` of a light says which counted. A number given here wins over all.",
        unit="electrons",
        over=0,
    )
    saturation: float | None = setting(
        None,
        "ADU from which a raw pixel is saturated; null: as the frame or its header says",
        more="By itself it is the lower of what the header says and of where the values of the "
        "frame pile up; where neither tells it, the last number of the converter that the integer "
        "type can hold. `SATURATE` and `RAWSAT` of a product say the level, and how it is known. A "
        "number given here wins over all, of lights and of flats alike.",
        unit="ADU",
        over=0,
    )
