"""How frames are combined: the section ``masters``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import setting

Method = Literal[
    "auto", "median", "mean", "sigma_clip", "winsorized", "variance", "percentile", "linear_fit",
    "minmax",
]  # fmt: skip

#: Frames from which on ``auto`` is ``minmax``.
LEAST_OF_MINMAX = 5


def _method(text: str, more: str = "") -> Method:
    return setting("auto", text, more=more)


def _limits(below: float, above: float, text: str, more: str) -> tuple[float, float]:
    what = "two numbers above 0, the limits below and above"
    return setting((below, above), text, more=more, what=what, over=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Methods(Section):
    """The method for each kind of master."""

    bias: Method = _method(
        "of bias", "`auto` is `median` below 5 frames, `minmax` below 10, else `winsorized`."
    )
    dark: Method = _method("of darks")
    darkflat: Method = _method("of flat-darks")
    flat: Method = _method("of flats")

    def of(self, kind: str) -> Method:
        """Return the method for a kind of master."""
        method: Method = getattr(self, kind)
        return method


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejection(Section):
    """Limits of the methods that reject."""

    low: float = setting(
        4.0,
        "σ below the centre from which a value is rejected",
        more="With `sigma_clip`, `winsorized` and `variance`.",
        unit="a number of sigma",
        over=0,
    )
    high: float = setting(
        3.0,
        "σ above the centre from which a value is rejected",
        unit="a number of sigma",
        over=0,
    )
    cutoff: float = setting(
        5.0,
        "`winsorized`: σ beyond which a value takes no part at all",
        more="It takes none in estimating the centre and σ.",
        unit="a number of sigma",
        least=1,
    )
    drop: tuple[int, int] = setting(
        (1, 1),
        "`minmax`: how many of the lowest and highest values are dropped",
        what="two whole numbers, how many of the lowest and highest values are dropped",
        least=0,
    )
    percentile: tuple[float, float] = _limits(
        0.2,
        0.1,
        "`percentile`: fractions of the median below and above which a value goes",
        "For very few frames.",
    )
    linear_fit: tuple[float, float] = _limits(
        5.0,
        3.5,
        "`linear_fit`: mean deviations below and above the line",
        "The line goes through the sorted values, and a value farther from it is rejected. For "
        "frames whose level drifts.",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Masters(Section):
    """What masters are made of, by what, and what is asked of them."""

    engine: Literal["native", "pixinsight"] = setting(
        "native", "`native`, or `pixinsight`: PixInsight combines the frames of the same sets"
    )
    min_frames: int = setting(3, "fewer frames make no master", least=1)
    method: Methods = setting(
        Methods(),
        "`auto`, `median`, `mean`, `sigma_clip`, `winsorized`, `variance`, `percentile`, "
        "`linear_fit` or `minmax`",
        more="`sigma_clip` is about the median, by the MAD, and repeated. `variance` is so too, "
        "but by the noise that all pixels of the set show together; right for as few as 3 bias "
        "frames or darks, whose scatter at one pixel says nothing. Not for flats.",
    )
    rejection: Rejection = setting(Rejection(), "limits of the methods that reject")
    screen: bool = setting(
        True,
        "true: frames that differ from the others of their set are left out",
        more="See below. false: all frames are combined as they are.",
    )
    rejection_map: bool = setting(
        False,
        "true: a master tells how many frames each pixel lost, and each frame's loss",
        more="It has an extension REJECTED (how many frames each pixel lost), a card NREJECT, and "
        "in its history how many pixels each frame lost.",
    )
    flat_weights: Literal["equal", "level"] = setting(
        "equal",
        "`equal`, or `level`: a flat with more light counts for more",
        more="Where flats are averaged, each counts in proportion to its light then, which is best "
        "for photon noise; for twilight series.",
    )
    freeze: bool = setting(
        False, "true: a master that is there is kept as it is when new frames of its set arrive"
    )
    share: str | None = setting(
        None,
        "folder through which several runs share their masters",
        more="Also at the same time: a master that one makes, the others take from there instead "
        "of making it again, if it is of the same frames, masters and settings. The results keep a "
        "copy. Nothing in the folder is ever changed; it may be named in `library` as well.",
        what="a folder",
        path=True,
    )
    durable: bool = setting(
        True,
        "true: a master is on the disk before it has its name",
        more="And not only on its way there. So a power cut leaves whole masters and none that are "
        "short. Costs what the disk takes to write it.",
    )
    subtract_bias: bool = setting(
        False,
        "true: bias is taken out of master darks",
        more="They have a card `BIASSUB`, and lights get the bias by itself. false: it stays "
        "inside, and one subtraction removes both; a dark that is scaled is freed of it then, by "
        "the bias of its own night. Both give the same pixels within their noise.",
    )
    dark_model: bool = setting(
        False,
        "true: a model of the darks stands in where there is none of a light's own",
        more="Of its own exposure and temperature, that is. Made where a setup has darks of three "
        "exposures at one temperature, or found in the library; with darks of two temperatures it "
        "knows how dark current doubles, and a glow that does not cool. It serves within their "
        "hull, in place of a dark that would be scaled or taken from another temperature, if the "
        "darks that lie between others are predicted by these better than by single darks, the "
        "mean to 0.1 ADU and hot pixels to twice their noise. Otherwise lights get what they would "
        "get without it. See `docs/darkmodel.md`.",
    )
    bias_level: float | None = setting(
        None,
        "ADU; a constant in place of bias frames",
        more="A master bias of this level is made for each setup, and bias frames take no part.",
        unit="ADU",
    )
    flat_target: float = setting(
        5000.0,
        "level of a master flat, ADU",
        more="It cancels when a light is divided.",
        unit="ADU",
        over=0,
    )
    flat_statistic: Literal["median", "mean", "maximum"] = setting(
        "median",
        "what of a master flat has that level: its `median`, `mean` or `maximum`",
        more="Single flats are always brought to a common median before outliers are rejected.",
    )
