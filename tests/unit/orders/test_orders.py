"""What jobs are told: as plain values and back, with nothing lost and no slip of the pen taken."""

import importlib
import json
import pkgutil
import re
from dataclasses import MISSING, fields, is_dataclass, replace

import pytest

import plateworks.orders
from orders import COSMICS, FLAT, HOT, LEVELLING, LIGHTS, PROGRAM, REJECTION, SCREENING, frame_order
from plateworks.errors import PlateworksError
from plateworks.metadata.amplifiers import Amplifier, Crosstalk, Readout
from plateworks.orders.amplifiergains import GainNight, GainPairs, GainsOrder
from plateworks.orders.camerapages import CameraOrder
from plateworks.orders.capture import CaptureOrder
from plateworks.orders.darkmodels import DarkModelOrder, DarkOfModel, ModelledDarkOrder
from plateworks.orders.debayering import DebayerOrder
from plateworks.orders.defects import DefectsOrder, DefectSource
from plateworks.orders.frames import Assembly, FrameOrder, Placement, ScaledDark, Subtraction
from plateworks.orders.handover import HandoverOrder
from plateworks.orders.integration import IntegratedFrame, IntegrationOrder, WinsorizedLimits
from plateworks.orders.judging import JudgedMaster, JudgingOrder
from plateworks.orders.lights import (
    CalibrationOrder,
    FlatChoice,
    FlatTrial,
    LightOrder,
    MatchQuality,
    ModelledDark,
)
from plateworks.orders.masters import MasterOrder
from plateworks.orders.nights import CalibrationRow, NightOrder, SetAside, Slot
from plateworks.orders.proofs import Proof, ProofOrder
from plateworks.orders.remaking import ListAgain, MaskAgain, MasterAgain, RemakingOrder, SolvedAgain
from plateworks.orders.repairs import MaskOrder
from plateworks.orders.solving import FrameToSolve, SolveOrder
from plateworks.orders.trends import TrendLights, TrendMaster, TrendOrder, Upkeep
from plateworks.orders.trials import TrialOrder
from plateworks.orders.words import Named, WordOrder
from plateworks.records import plain, record_of
from plateworks.settings.capture import Capture
from plateworks.settings.expiry import Expiry
from plateworks.settings.site import Site
from plateworks.settings.solve import SolveOptions

PLACED = Placement(turned=True, crop=(8, 6, 100, 80), rows=4176)
DARK = ScaledDark(
    path="dark.fits", k=1.5, bias_inside=True, fit_bounds=(0.0, 5.0), placement=PLACED
)
TAKEN = Subtraction(bias="bias.fits", dark=DARK, bias_placement=PLACED)
ASSEMBLY = Assembly(
    readout=Readout(
        amplifiers=(
            Amplifier(data=(0, 50, 0, 80), bias=((50, 60, 0, 80),), hdu=1, gain=1.5),
            Amplifier(data=(0, 50, 0, 80), hdu=2, corner=(50, 0), flip_x=True, read_noise=4.0),
        ),
        crosstalk=(Crosstalk(source=0, onto=1, part=1e-4),),
        origin=(0, 8),
    ),
    overscan="fit",
    saturation=6e4,
    algorithm=1,
    gains="gains.json",
)
PAIRS = GainPairs(
    flats=(FrameOrder(raw="flat.fits", assembly=ASSEMBLY),),
    darks=(FrameOrder(raw="bias.fits", assembly=ASSEMBLY),),
    of_reading=True,
)
GAIN_NIGHT = GainNight(night="20250815", pairs=(PAIRS,), told="fedcba9876543210")
FRAME = FrameOrder(
    raw="a.fits", path_facts={"filter": "Ha", "gain": 100, "exposure": 60.0, "bias_inside": True},
    subtraction=TAKEN, cosmetic="hot.lst", cosmetic_placement=PLACED, assembly=ASSEMBLY,
)  # fmt: skip
GOOD = MatchQuality(level=1, reason="flat 3 days older")
CHOICE = FlatChoice(path="flat.fits", badpix="bad.fits", match=GOOD, placement=PLACED)
TRIAL = FlatTrial(scores="scores.csv", candidates=(CHOICE,))
MODELLED = ModelledDark(frame=FRAME, match=GOOD, lacking="no master dark matches")
IN_MODEL = DarkOfModel(path="dark.fits", exposure=60.0, temperature=-10.0, inside=True)
LIGHT = LightOrder(
    frame=FRAME, output="out.xisf", match=GOOD, flat=CHOICE, trial=TRIAL, modelled=MODELLED,
    unmodelled="no hot pixels", mult=5000.0, xisf_compression="lz4",
)  # fmt: skip
MASTER = MasterOrder(
    kind="bias", frames=(FRAME,), method="auto", rejection=REJECTION, rejection_map=True,
    min_frames=3, screening=SCREENING, constant=300.0, uncertainty=True, xisf_compression="lz4",
)  # fmt: skip
PART = IntegratedFrame(raw="a.fits", bias="bias.xisf", dark="dark.xisf", bias_inside=False)
DEFECTS = DefectSource(
    witness="dark", path="dark.fits", listed="hot.lst", night="20250815", exposure=60.0,
    temperature=-10.0, turned=True,
)  # fmt: skip
SLOT = Slot(kind="flat", filling="own", master="flat.fits", night="20250815", level=0, why="exact")
ROW = CalibrationRow(
    setup="camera", filter="L", exposure=60.0, lights=5, refused="", slots=(SLOT,)
)  # fmt: skip
PROOF = Proof(
    product="a.fits", raw=(("x/raw.fits", "raw/x/raw.fits"),), made=("dark.fits",),
    image_of="b.fits",
)  # fmt: skip
ASIDE = SetAside(reason="cut short", files=("a.fits",))
LIMITS = WinsorizedLimits(low=4.0, high=3.0, cutoff=5.0)

#: One of each class; all that a rule or another order may hold.
TO_SOLVE = FrameToSolve(
    calibrated="a.fits", solved="b.fits", neighbours=("c.fits",), limit_s=60.0, least_s=30.0
)
TREND_MASTER = TrendMaster(kind="flat", path="flat.fits", night="20250815", filter="l", rotator=1.5)
TREND_LIGHTS = TrendLights(night="20250815", filter="l", table="20250815.csv", frames=("light_0",))
UPKEEP = Upkeep(night="20250816", words="maintenance")
NAMED = Named(name="dark_60s", masters=("dark.fits",), near="dark_60s_m10c")
JUDGED = JudgedMaster(
    path="flat.fits", kind="flat", setup="camera", alike="flat l", made=True, night="20250815",
    mjd=60902.8, exposure=2.0, temperature=-10.0, filter="L", age=3, fresh=2.0,
)  # fmt: skip
AGAIN = (
    MasterAgain(path="dark.fits", order=MASTER),
    ListAgain(path="hot.lst", dark="dark.fits", order=HOT, told="a"),
    MaskAgain(
        path="bad.fits", flat="flat.fits",
        order=MaskOrder(frames=(FRAME,), levelling=LEVELLING, min_frames=3, max_fraction=0.01),
    ),
)  # fmt: skip
SOLVED_AGAIN = SolvedAgain(
    calibrated="a.fits", solved="b.fits", searched="c",
    order=SolveOrder(options=SolveOptions(), frames=(TO_SOLVE,)),
)  # fmt: skip
EXAMPLES = [
    PLACED, DARK, TAKEN, ASSEMBLY, FRAME, GOOD, CHOICE, TRIAL, LIGHT, LIGHTS, LEVELLING, FLAT,
    MASTER, HOT, PROGRAM, PART, LIMITS, replace(SCREENING, saturation=6e4),
    CalibrationOrder(lights=(LIGHT,), settings=replace(LIGHTS, cosmics=COSMICS)),
    PAIRS, GAIN_NIGHT, GainsOrder(nights=(GAIN_NIGHT,), mode="76543210", told="0123456789abcdef"),
    MaskOrder(frames=(FRAME,), levelling=LEVELLING, min_frames=3, max_fraction=0.01),
    TrialOrder(frames=(FRAME,), repair="mean"),
    TO_SOLVE,
    SolveOrder(
        options=SolveOptions(scale_low=1.0), frames=(TO_SOLVE,), xisf_compression="lz4"
    ),
    CaptureOrder(target="darks", night="20250815", capture=Capture(), site=Site()),
    IN_MODEL, DarkModelOrder(darks=(IN_MODEL,), bias="bias.fits", bias_inside=True, degrees=1.0),
    ModelledDarkOrder(model="model.fits", exposure=60.0, temperature=-10.0, uncertainty=True),
    MODELLED,
    DEFECTS, DefectsOrder(sources=(DEFECTS,), apart=(), height=80, width=100, form="iris"),
    TREND_MASTER, TREND_LIGHTS, UPKEEP,
    TrendOrder(
        masters=(TREND_MASTER,), lights=(TREND_LIGHTS,), defects="defects.csv", upkeep=(UPKEEP,),
        bounds=("flat",), expiry=Expiry(), pixels=8000,
    ),
    SLOT, ROW, ASIDE, PROOF, ProofOrder(products=(PROOF,)),
    *AGAIN, SOLVED_AGAIN,
    RemakingOrder(
        masters=AGAIN[:1], lists=AGAIN[1:2], masks=AGAIN[2:],
        lights=CalibrationOrder(lights=(LIGHT,), settings=LIGHTS),
        solved=(SOLVED_AGAIN,),
    ),
    NAMED,
    WordOrder(
        state="withdrawn", named=(NAMED,), others=("bias.fits",), results="results",
        libraries=("library",), who="a person", reason="light leak",
    ),
    JUDGED, JudgingOrder(masters=(JUDGED,), results="results", libraries=("library",)),
    HandoverOrder(session="20250815", groups=("m-1_l_60s", "m-1_ha_60s")),
    DebayerOrder(method="superpixel"),
    NightOrder(
        session="20250815", place=(40.0, -3.5), rows=(ROW,), refused=(ASIDE,), aside=(ASIDE,),
        settings={"calibrate.cosmic_rays": "True"},
    ),
    CameraOrder(
        setup="camera", camera="A Camera", width=100, height=80, masters=(TREND_MASTER,),
        nights=("20250815",), days_ahead=14.0,
    ),
    IntegrationOrder(
        name="bias", kind="bias", frames=(PART,), rejection=LIMITS, integrated="bias.xisf",
        calibrated="calibrated",
    ),
]  # fmt: skip

each = pytest.mark.parametrize("order", EXAMPLES, ids=lambda order: type(order).__name__)


def classes() -> set[type]:
    found = set()
    for module in pkgutil.iter_modules(plateworks.orders.__path__):
        names = vars(importlib.import_module(f"plateworks.orders.{module.name}"))
        found |= {one for one in names.values() if isinstance(one, type) and is_dataclass(one)}
    return {one for one in found if one.__module__.startswith(plateworks.orders.__name__)}


def refusal(order, mapping) -> str:
    with pytest.raises(PlateworksError) as problem:
        record_of(type(order), mapping, "The order of this job")
    return str(problem.value)


def test_every_order_is_tried_here():
    assert {type(order) for order in EXAMPLES} == classes()


@each
def test_an_order_comes_back_as_it_was(order):
    assert record_of(type(order), json.loads(json.dumps(plain(order))), "x") == order


@each
def test_a_key_that_is_not_known_is_refused(order):
    assert refusal(order, plain(order) | {"cosmetc": "hot.lst"}).startswith(
        f"The order of this job cannot be read: {type(order).__name__} has no cosmetc, which is "
        f"'hot.lst'; it has {', '.join(field.name for field in fields(order))}."
    )


@each
def test_a_key_that_is_missing_is_refused_unless_it_is_one_that_may_be_none(order):
    for field in fields(order):
        mapping = plain(order)
        mapping.pop(field.name, None)
        if field.default is None:
            assert getattr(record_of(type(order), mapping, "x"), field.name) is None
        else:
            assert refusal(order, mapping).startswith(
                f"The order of this job cannot be read: {type(order).__name__} needs {field.name}, "
                "which is missing."
            )


def test_a_slip_within_an_order_is_refused_by_its_place():
    mapping = plain(CalibrationOrder(lights=(LIGHT,), settings=LIGHTS))
    mapping["lights"][0]["frame"]["cosmetc"] = mapping["lights"][0]["frame"].pop("cosmetic")
    assert "FrameOrder has no lights[0].frame.cosmetc, which is 'hot.lst'" in refusal(
        CalibrationOrder(lights=(), settings=LIGHTS), mapping
    )


@each
def test_every_field_is_documented_and_typed_by_one_of_the_plain_kinds(order):
    described = re.findall(r"^    (\w[\w, ]*) : \S", type(order).__doc__, re.M)
    assert {name for names in described for name in names.split(", ")} == {
        field.name for field in fields(order)
    }


@each
def test_no_order_can_be_changed_and_no_field_goes_by_its_place(order):
    with pytest.raises(AttributeError):
        setattr(order, fields(order)[0].name, None)
    assert all(field.kw_only for field in fields(order))
    assert all(field.default in (MISSING, None, Subtraction()) for field in fields(order))


def test_a_frame_names_the_files_that_are_read_for_it_and_a_light_those_of_its_flats():
    assert list(FRAME.files()) == ["a.fits", "dark.fits", "bias.fits", "hot.lst", "gains.json"]
    assert list(frame_order("b.fits").files()) == ["b.fits"]
    assert list(replace(LIGHT, modelled=None).files()) == [*LIGHT.files()][5:]
    assert list(LIGHT.files())[10:] == [
        "flat.fits", "bad.fits", "scores.csv", "flat.fits", "bad.fits",
    ]  # fmt: skip
    assert list(PART.files()) == ["a.fits", "dark.xisf", "bias.xisf"]


def test_levelling_belongs_to_flats_and_to_nothing_else():
    master = replace(MASTER, kind="flat", flat=FLAT)
    assert record_of(MasterOrder, plain(master), "x") == master
    with pytest.raises(ValueError, match="flats need it"):
        replace(MASTER, kind="flat")
    with pytest.raises(ValueError, match="flats need it"):
        replace(MASTER, flat=FLAT)
