"""What PixInsight's processes are told when they make masters.

The values are those of PixInsight's batch preprocessing script for calibration frames, as the
guide of ap-wbpp-calibration uses them.  Every parameter is named, also those that are at their
default, so that a script does the same in every installation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plateworks.interop.javascript import Constant
from plateworks.metadata.kinds import MasterKind
from plateworks.orders.integration import WinsorizedLimits

#: Kind of master -> the code of its image type.
_IMAGE_TYPES: dict[MasterKind, int] = {"bias": 1, "dark": 2, "darkflat": 2, "flat": 3}

_READ = "fits-keywords normalize only-first-image raw cfa use-roworder-keywords signed-is-physical"

#: How files are written: plainly, so that any program reads them.
WRITE = (
    "properties fits-keywords no-compress-data block-alignment 4096 max-inline-block-size 3072 "
    "no-embedded-data no-resolution"
)


def integration(kind: MasterKind, rejection: WinsorizedLimits) -> dict[str, Any]:
    """Return the parameters of ImageIntegration for one master, all but its images.

    Average of all frames, equally weighted, after Winsorized sigma clipping; flats are brought to
    one level, and compared with equal fluxes.

    Parameters
    ----------
    kind : str
        bias, dark, darkflat or flat.
    rejection : WinsorizedLimits
    """
    flat = kind == "flat"
    return {
        "inputHints": _READ,
        "overrideImageType": True,
        "imageType": _IMAGE_TYPES[kind],
        "combination": _integrating("Average"),
        "weightMode": _integrating("DontCare"),
        "weightKeyword": "",
        "csvWeightsFilePath": "",
        "weightScale": _integrating("WeightScale_BWMV"),
        "minWeight": 0.005,
        "csvWeights": "",
        "adaptiveGridSize": 16,
        "adaptiveNoScale": False,
        "ignoreNoiseKeywords": False,
        "normalization": _integrating("Multiplicative" if flat else "NoNormalization"),
        "rejection": _integrating("WinsorizedSigmaClip"),
        "rejectionNormalization": _integrating(
            "EqualizeFluxes" if flat else "NoRejectionNormalization"
        ),
        "minMaxLow": 1,
        "minMaxHigh": 1,
        "pcClipLow": 0.2,
        "pcClipHigh": 0.1,
        "sigmaLow": rejection.low,
        "sigmaHigh": rejection.high,
        "winsorizationCutoff": rejection.cutoff,
        "linearFitLow": 5.0,
        "linearFitHigh": 3.5,
        "esdOutliersFraction": 0.3,
        "esdAlpha": 0.05,
        "esdLowRelaxation": 1.0,
        "rcrLimit": 0.1,
        "ccdGain": 1.0,
        "ccdReadNoise": 10.0,
        "ccdScaleNoise": 0.0,
        "clipLow": True,
        "clipHigh": True,
        "rangeClipLow": False,
        "rangeLow": 0.0,
        "rangeClipHigh": False,
        "rangeHigh": 0.98,
        "mapRangeRejection": True,
        "reportRangeRejection": False,
        "largeScaleClipLow": False,
        "largeScaleClipLowProtectedLayers": 2,
        "largeScaleClipLowGrowth": 2,
        "largeScaleClipHigh": False,
        "largeScaleClipHighProtectedLayers": 2,
        "largeScaleClipHighGrowth": 2,
        "generate64BitResult": False,
        "generateRejectionMaps": False,
        "generateSlopeMaps": False,
        "generateIntegratedImage": True,
        "generateDrizzleData": False,
        "closePreviousImages": False,
        "bufferSizeMB": 16,
        "stackSizeMB": 1024,
        "autoMemorySize": True,
        "autoMemoryLimit": 0.75,
        "useROI": False,
        "roiX0": 0,
        "roiY0": 0,
        "roiX1": 0,
        "roiY1": 0,
        "useCache": False,
        "evaluateSNR": False,
        "noiseEvaluationAlgorithm": _integrating("NoiseEvaluation_MRS"),
        "mrsMinDataFraction": 0.01,
        "psfStructureLayers": 5,
        "psfType": _integrating("PSFType_Moffat4"),
        "generateFITSKeywords": True,
        "subtractPedestals": False,
        "truncateOnOutOfRange": True,
        "noGUIMessages": True,
        "showImages": True,
        "useFileThreads": True,
        "fileThreadOverload": 1.0,
        "useBufferThreads": True,
        "maxBufferThreads": 0,
    }


def calibration(
    frames: Sequence[str], folder: str, bias: str | None, dark: str | None, *, bias_inside: bool
) -> dict[str, Any]:
    """Return the parameters of ImageCalibration for flats that share bias and dark.

    The dark is scaled to each flat as :func:`scales_dark` says.

    Parameters
    ----------
    frames : sequence of str
        Absolute paths of the flats.
    folder : str
        Where the calibrated flats go.
    bias, dark : str or None
        Absolute paths of masters.
    bias_inside : bool
        Whether the dark still holds bias, which is then taken out of it.
    """
    return {
        "targetFrames": [[True, path] for path in frames],
        "enableCFA": False,
        "cfaPattern": _calibrating("Auto"),
        "inputHints": _READ,
        "outputHints": WRITE,
        "pedestal": 0,
        "pedestalMode": _calibrating("Keyword"),
        "pedestalKeyword": "",
        "overscanEnabled": False,
        "overscanImageX0": 0,
        "overscanImageY0": 0,
        "overscanImageX1": 0,
        "overscanImageY1": 0,
        "overscanRegions": [[False, *[0] * 8] for _ in range(4)],
        "masterBiasEnabled": bias is not None,
        "masterBiasPath": bias or "",
        "masterDarkEnabled": dark is not None,
        "masterDarkPath": dark or "",
        "masterFlatEnabled": False,
        "masterFlatPath": "",
        "calibrateBias": bias is not None,
        "calibrateDark": dark is not None and bias_inside,
        "calibrateFlat": False,
        "optimizeDarks": scales_dark(bias, dark),
        "darkOptimizationThreshold": 0.0,
        "darkOptimizationLow": 3.0,
        "darkOptimizationWindow": 0,
        "darkCFADetectionMode": _calibrating("DetectCFA"),
        "separateCFAFlatScalingFactors": False,
        "flatScaleClippingFactor": 0.05,
        "cosmeticCorrectionLow": False,
        "cosmeticLowSigma": 5,
        "cosmeticCorrectionHigh": False,
        "cosmeticHighSigma": 10,
        "cosmeticKernelRadius": 1,
        "cosmeticShowMap": False,
        "cosmeticShowMapAndStop": False,
        "evaluateNoise": False,
        "noiseEvaluationAlgorithm": _calibrating("NoiseEvaluation_MRS"),
        "evaluateSignal": False,
        "structureLayers": 5,
        "saturationThreshold": 1.0,
        "saturationRelative": False,
        "noiseLayers": 1,
        "hotPixelFilterRadius": 1,
        "noiseReductionFilterRadius": 0,
        "minStructureSize": 0,
        "psfType": _calibrating("PSFType_Moffat4"),
        "psfGrowth": 1.0,
        "maxStars": 24576,
        "outputDirectory": folder,
        "outputExtension": ".xisf",
        "outputPrefix": "",
        "outputPostfix": "_c",
        "outputSampleFormat": _calibrating("f32"),
        "outputPedestal": 0,
        "outputPedestalMode": _calibrating("OutputPedestal_Literal"),
        "autoPedestalLimit": 0.0001,
        "generateHistoryProperties": True,
        "generateFITSKeywords": True,
        "overwriteExistingFiles": True,
        "onError": _calibrating("Continue"),
        "noGUIMessages": True,
        "useFileThreads": True,
        "fileThreadOverload": 1.0,
        "maxFileReadThreads": 0,
        "maxFileWriteThreads": 0,
    }


def scales_dark(bias: object | None, dark: object | None) -> bool:
    """Whether PixInsight scales the dark of a flat: where a bias is there as well."""
    return bias is not None and dark is not None


def _integrating(name: str) -> Constant:
    return Constant("ImageIntegration", name)


def _calibrating(name: str) -> Constant:
    return Constant("ImageCalibration", name)
