"""The scripts for PixInsight, run under Node with a recording stand-in for PixInsight's classes."""

import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from frames import ROOT
from plateworks.errors import FrameError, PlateworksError
from plateworks.interop.masterscript import END, master_script
from plateworks.orders.integration import IntegratedFrame, IntegrationOrder, WinsorizedLimits

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="the program node is not here")

REJECTION = WinsorizedLimits(low=4.0, high=3.0, cutoff=5.0)

#: What section 3.3 of the reference on the guide's program states, common to all kinds.
COMMON = {
    "combination": "ImageIntegration.Average", "weightMode": "ImageIntegration.DontCare",
    "rejection": "ImageIntegration.WinsorizedSigmaClip", "sigmaLow": 4.0, "sigmaHigh": 3.0,
    "winsorizationCutoff": 5.0, "clipLow": True, "clipHigh": True, "rangeClipLow": False,
    "rangeClipHigh": False, "rangeLow": 0, "rangeHigh": 0.98, "largeScaleClipLow": False,
    "largeScaleClipHigh": False, "generate64BitResult": False, "useCache": False,
    "evaluateSNR": False, "truncateOnOutOfRange": True, "autoMemorySize": True,
    "autoMemoryLimit": 0.75, "minMaxLow": 1, "minMaxHigh": 1, "pcClipLow": 0.2, "pcClipHigh": 0.1,
    "linearFitLow": 5, "linearFitHigh": 3.5, "esdOutliersFraction": 0.3, "esdAlpha": 0.05,
    "esdLowRelaxation": 1.0, "rcrLimit": 0.1, "ccdGain": 1, "ccdReadNoise": 10, "ccdScaleNoise": 0,
    "overrideImageType": True, "weightKeyword": "", "csvWeightsFilePath": "", "csvWeights": "",
    "weightScale": "ImageIntegration.WeightScale_BWMV", "minWeight": 0.005, "adaptiveGridSize": 16,
    "adaptiveNoScale": False, "ignoreNoiseKeywords": False, "mapRangeRejection": True,
    "reportRangeRejection": False, "largeScaleClipLowProtectedLayers": 2,
    "largeScaleClipLowGrowth": 2, "largeScaleClipHighProtectedLayers": 2,
    "largeScaleClipHighGrowth": 2, "generateRejectionMaps": False, "generateSlopeMaps": False,
    "generateIntegratedImage": True, "generateDrizzleData": False, "closePreviousImages": False,
    "bufferSizeMB": 16, "stackSizeMB": 1024, "useROI": False, "roiX0": 0, "roiY0": 0, "roiX1": 0,
    "roiY1": 0, "noiseEvaluationAlgorithm": "ImageIntegration.NoiseEvaluation_MRS",
    "mrsMinDataFraction": 0.01, "psfStructureLayers": 5,
    "psfType": "ImageIntegration.PSFType_Moffat4", "generateFITSKeywords": True,
    "subtractPedestals": False, "noGUIMessages": True, "showImages": True, "useFileThreads": True,
    "fileThreadOverload": 1, "useBufferThreads": True, "maxBufferThreads": 0,
    "inputHints": "fits-keywords normalize only-first-image raw cfa use-roworder-keywords "
    "signed-is-physical",
}  # fmt: skip
BY_KIND = {
    "bias": (1, "NoNormalization", "NoRejectionNormalization"),
    "dark": (2, "NoNormalization", "NoRejectionNormalization"),
    "darkflat": (2, "NoNormalization", "NoRejectionNormalization"),
    "flat": (3, "Multiplicative", "EqualizeFluxes"),
}
HINTS = (
    "properties fits-keywords no-compress-data block-alignment 4096 max-inline-block-size 3072 "
    "no-embedded-data no-resolution"
)
CALIBRATION = {
    "enableCFA": False, "cfaPattern": "ImageCalibration.Auto", "inputHints": COMMON["inputHints"],
    "outputHints": HINTS, "pedestal": 0, "pedestalMode": "ImageCalibration.Keyword",
    "pedestalKeyword": "", "overscanEnabled": False, "overscanImageX0": 0, "overscanImageY0": 0,
    "overscanImageX1": 0, "overscanImageY1": 0, "overscanRegions": [[False] + [0] * 8] * 4,
    "masterFlatEnabled": False, "masterFlatPath": "", "calibrateFlat": False,
    "darkOptimizationThreshold": 0, "darkOptimizationLow": 3, "darkOptimizationWindow": 0,
    "darkCFADetectionMode": "ImageCalibration.DetectCFA", "separateCFAFlatScalingFactors": False,
    "flatScaleClippingFactor": 0.05, "cosmeticCorrectionLow": False, "cosmeticLowSigma": 5,
    "cosmeticCorrectionHigh": False, "cosmeticHighSigma": 10, "cosmeticKernelRadius": 1,
    "cosmeticShowMap": False, "cosmeticShowMapAndStop": False, "evaluateNoise": False,
    "noiseEvaluationAlgorithm": "ImageCalibration.NoiseEvaluation_MRS", "evaluateSignal": False,
    "structureLayers": 5, "saturationThreshold": 1, "saturationRelative": False, "noiseLayers": 1,
    "hotPixelFilterRadius": 1, "noiseReductionFilterRadius": 0, "minStructureSize": 0,
    "psfType": "ImageCalibration.PSFType_Moffat4", "psfGrowth": 1, "maxStars": 24576,
    "outputExtension": ".xisf", "outputPrefix": "", "outputPostfix": "_c",
    "outputSampleFormat": "ImageCalibration.f32", "outputPedestal": 0,
    "outputPedestalMode": "ImageCalibration.OutputPedestal_Literal", "autoPedestalLimit": 0.0001,
    "generateHistoryProperties": True, "generateFITSKeywords": True, "overwriteExistingFiles": True,
    "onError": "ImageCalibration.Continue", "noGUIMessages": True, "useFileThreads": True,
    "fileThreadOverload": 1, "maxFileReadThreads": 0, "maxFileWriteThreads": 0,
}  # fmt: skip


def order(kind="bias", frames=3, **changes):
    if isinstance(frames, int):
        frames = [IntegratedFrame(raw=f"/raw/{i}.fits") for i in range(frames)]
    made = IntegrationOrder(
        name=f"master_{kind}", kind=kind, rejection=REJECTION, frames=tuple(frames),
        integrated=f"/out/{kind}.xisf", calibrated=f"/out/calibrated/{kind}",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def run(tmp_path):
    """A function that runs the script of some orders and returns what PixInsight was told."""

    def under_node(*orders, log="/logs/a.log", **behaviour):
        script, record = tmp_path / "a.js", tmp_path / "record.json"
        script.write_text(master_script(orders, log), encoding="ascii")
        stand_in = ROOT / "tests" / "pixinsight.js"
        subprocess.run([NODE, stand_in, script, record, json.dumps(behaviour)], check=True)
        return json.loads(record.read_text())

    return under_node


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_parameter_of_integration_is_as_the_guide_has_it(run, kind):
    [process] = run(order(kind))["processes"]
    code, normalisation, of_rejection = BY_KIND[kind]
    assert process.pop("images") == [[True, f"/raw/{i}.fits", "", ""] for i in range(3)]
    assert process == {
        **COMMON,
        "process": "ImageIntegration",
        "imageType": code,
        "normalization": f"ImageIntegration.{normalisation}",
        "rejectionNormalization": f"ImageIntegration.{of_rejection}",
    }


def test_the_limits_of_rejection_come_from_the_configuration(run):
    limits = WinsorizedLimits(low=2.5, high=2.0, cutoff=4.5)
    [process] = run(order(rejection=limits))["processes"]
    found = [process[key] for key in ("sigmaLow", "sigmaHigh", "winsorizationCutoff")]
    assert found == [2.5, 2.0, 4.5]


def test_the_master_is_saved_in_32_bit_floating_point_with_keywords_and_properties(run):
    told = run(order("dark"))
    assert told["saved"] == [
        {
            "file": "/out/dark.xisf", "hints": HINTS, "ending": ".xisf", "image": "the image",
            "options": {"bitsPerSample": 32, "ieeefpSampleFormat": True},
            "keywords": ["their keywords"], "properties": True,
        }
    ]  # fmt: skip
    assert told["closed"] == 1
    assert told["created"] == ["/out"]


def flats(*masters):
    return [IntegratedFrame(raw=f"/raw/flat_{i}.fits", **one) for i, one in enumerate(masters)]


BIAS, DARK = {"bias": "/m/bias.xisf"}, {"dark": "/m/dark.xisf", "bias_inside": True}


@pytest.mark.parametrize(
    ("masters", "expected"),
    [
        (BIAS, {"masterBiasEnabled": True, "masterBiasPath": "/m/bias.xisf", "calibrateBias": True,
                "masterDarkEnabled": False, "masterDarkPath": "", "calibrateDark": False,
                "optimizeDarks": False}),
        (DARK, {"masterBiasEnabled": False, "masterBiasPath": "", "calibrateBias": False,
                "masterDarkEnabled": True, "masterDarkPath": "/m/dark.xisf", "calibrateDark": True,
                "optimizeDarks": False}),
        (BIAS | DARK, {"masterBiasEnabled": True, "masterBiasPath": "/m/bias.xisf",
                       "calibrateBias": True, "masterDarkEnabled": True,
                       "masterDarkPath": "/m/dark.xisf", "calibrateDark": True,
                       "optimizeDarks": True}),
        (BIAS | DARK | {"bias_inside": False},
         {"masterBiasEnabled": True, "masterBiasPath": "/m/bias.xisf", "calibrateBias": True,
          "masterDarkEnabled": True, "masterDarkPath": "/m/dark.xisf", "calibrateDark": False,
          "optimizeDarks": True}),
    ],
)  # fmt: skip
def test_flats_are_calibrated_with_what_there_is_and_darks_optimised_with_both(
    run, masters, expected
):
    told = run(order("flat", flats(masters, masters, masters)))
    calibration, integration = told["processes"]
    assert calibration.pop("targetFrames") == [[True, f"/raw/flat_{i}.fits"] for i in range(3)]
    assert calibration == {
        **CALIBRATION, **expected, "process": "ImageCalibration",
        "outputDirectory": "/out/calibrated/flat",
    }  # fmt: skip
    made = [f"/out/calibrated/flat/flat_{i}_c.xisf" for i in range(3)]
    assert integration["images"] == [[True, file, "", ""] for file in made]
    assert told["created"] == ["/out/calibrated/flat", "/out"]


def test_flats_of_different_darks_are_calibrated_apart_and_integrated_together(run):
    other = {"dark": "/m/other.xisf", "bias_inside": True}
    told = run(order("flat", flats(DARK, other, DARK, {})))
    first, second, integration = told["processes"]
    assert [frame[1] for frame in first["targetFrames"]] == ["/raw/flat_0.fits", "/raw/flat_2.fits"]
    assert (first["masterDarkPath"], second["masterDarkPath"]) == ("/m/dark.xisf", "/m/other.xisf")
    assert {image[1] for image in integration["images"]} == {
        "/raw/flat_3.fits", *(f"/out/calibrated/flat/flat_{i}_c.xisf" for i in range(3)),
    }  # fmt: skip


def test_flats_of_one_name_from_two_folders_do_not_overwrite_each_other(run):
    frames = [IntegratedFrame(raw=f"/{night}/{i}.fits", **DARK) for night in "ab" for i in range(3)]
    told = run(order("flat", frames))
    folders = [process["outputDirectory"] for process in told["processes"][:2]]
    assert folders == ["/out/calibrated/flat", "/out/calibrated/flat/1"]
    assert len({image[1] for image in told["processes"][2]["images"]}) == 6


def test_a_flat_that_cannot_be_calibrated_is_left_out_and_an_old_one_does_not_stand_in(run):
    stale = "/out/calibrated/flat/flat_1_c.xisf"
    told = run(
        order("flat", flats(*[DARK] * 5)), existing=[stale], unreadable=["/raw/flat_1.fits"]
    )  # fmt: skip
    assert told["removed"] == [stale]
    assert len(told["processes"][1]["images"]) == 4
    assert f"Not calibrated, left out: {stale}" in told["console"]
    [saved] = told["saved"]
    assert saved["keywords"] == [
        "their keywords", {"name": "HISTORY", "value": "", "comment": "Plateworks.notCalibrated: 1"}
    ]  # fmt: skip


def test_the_image_of_flats_of_several_darks_tells_the_factor_of_each_by_its_place(run):
    other = BIAS | {"dark": "/m/other.xisf", "bias_inside": True}
    told = run(order("flat", flats(BIAS | DARK, other, BIAS | DARK, BIAS)))
    [saved] = told["saved"]
    lines = [one["comment"] for one in saved["keywords"][1:]]
    assert lines == [f"Plateworks.darkScale: {place} 1" for place in (0, 2, 1)]


def test_too_few_calibrated_flats_make_no_master_from_raw_ones(run):
    told = run(order("flat", flats(*[DARK] * 3)), unreadable=["/raw/flat_1.fits"])
    assert told["saved"] == []
    assert any("needs three frames, there are 2" in line for line in told["console"])


def test_a_master_that_fails_does_not_keep_the_next_from_being_made(run):
    told = run(order("bias"), order("dark"), failing=[1])
    assert [saved["file"] for saved in told["saved"]] == ["/out/dark.xisf"]
    assert any("FAILED: master_bias" in line for line in told["console"])


def test_no_window_is_said(run):
    told = run(order("bias"), noWindow=True)
    assert told["saved"] == []
    assert any("made no image" in line for line in told["console"])


def test_the_console_goes_to_the_log_to_the_end(run):
    told = run(order("bias"), order("dark"), log="/logs/20260127_143052.log")
    assert told["log"] == "/logs/20260127_143052.log"
    assert told["console"][-1] == END
    assert told["ended"] is True


@pytest.mark.parametrize(
    "name",
    [
        'quo"te', "it's", "back\\slash", "back\\", "new\nline", "return\rhere", "sep\u2028arator",
        "par\u2029agraph", "nuit d'été α 星", "emoji 🔭", "${x} `y` <script>", "*",
        "#include <x>", "%s\t\x07", "\\u0041", "a,b;c",
    ],
)  # fmt: skip
def test_any_name_arrives_unchanged(run, name):
    paths = [f"/raw/{name}/{i}{name}.fits" for i in range(3)]
    frames = [IntegratedFrame(raw=path, bias=f"/m/{name}.xisf") for path in paths]
    told = run(
        order("flat", frames, name=name, integrated=f"/out/{name}.xisf", calibrated=f"/out/{name}"),
        log=f"/logs/{name}.log",
    )
    calibration, integration = told["processes"]
    assert [frame[1] for frame in calibration["targetFrames"]] == paths
    assert calibration["masterBiasPath"] == f"/m/{name}.xisf"
    assert calibration["outputDirectory"] == f"/out/{name}"
    assert integration["images"][0][1] == f"/out/{name}/0{name}_c.xisf"
    assert told["saved"][0]["file"] == f"/out/{name}.xisf"
    assert told["log"] == f"/logs/{name}.log"
    assert f"Master: {name}" in told["console"]


def test_the_same_orders_give_the_same_script():
    orders = [order("bias"), order("flat", flats(DARK, BIAS, DARK))]
    assert master_script(orders, "/a.log") == master_script(orders, "/a.log")


def test_what_pixinsight_cannot_do_is_said_before():
    with pytest.raises(PlateworksError, match=r"3 frames or more, there are 2; set masters"):
        master_script([order(frames=2)], "/a.log")
    packed = [IntegratedFrame(raw=f"/raw/{i}.fits.fz") for i in range(3)]
    with pytest.raises(FrameError, match=r"0\.fits\.fz: PixInsight does not read packed FITS"):
        master_script([order(frames=packed)], "/a.log")
    with pytest.raises(PlateworksError, match="is not Unicode"):
        master_script([order(frames=[IntegratedFrame(raw="/raw/\udce9.fits")] * 3)], "/a.log")
