"""All that the user wants: the sections of the configuration, and the keys beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.byhand import ByHand
from plateworks.settings.calibrate import Calibrate
from plateworks.settings.capture import Capture
from plateworks.settings.cosmetic import Cosmetic
from plateworks.settings.cosmics import Cosmics
from plateworks.settings.expiry import Expiry
from plateworks.settings.grouping import Grouping
from plateworks.settings.masters import Masters
from plateworks.settings.matching import Matching
from plateworks.settings.names import Names
from plateworks.settings.node import Node
from plateworks.settings.overrides import Override
from plateworks.settings.pathrules import PathRule
from plateworks.settings.pixinsight import PixInsight
from plateworks.settings.section import Section
from plateworks.settings.select import Select
from plateworks.settings.setting import setting
from plateworks.settings.site import Site
from plateworks.settings.solve import SolveOptions

Compression = Literal["zlib", "zlib+sh", "lz4", "lz4+sh", "lz4hc", "lz4hc+sh", "zstd", "zstd+sh"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings(Section):
    """A complete configuration."""

    raw: str | tuple[str, ...] | None = setting(
        None,
        "folder of raw frames, or a list of folders; searched with all sub-folders",
        more="For `.fit`, `.fits`, `.fts` (any case; also `.gz` and `.fz`), `.xisf`, and raw files "
        "of cameras (`.cr2`, `.nef`, `.arw` and their like, with rawpy); or files in one of the "
        "forms below. Opened read-only.",
        what="a folder of raw frames, or a list of folders",
        some=True,
        path=True,
    )
    library: str | tuple[str, ...] = setting(
        (),
        "folders of masters made earlier or elsewhere",
        more="Or files in one of the forms below. They join the matching beside the masters of "
        "this run. Masters lying in a `raw` folder are recognised too, and never stacked.",
        what="a folder of masters made earlier or elsewhere, or a list of folders",
        path=True,
    )
    library_here: tuple[str, ...] = setting(
        (),
        "patterns of masters that join the library where there are some",
        more="For presets, of programs that find masters by their names in the working folder.",
        what="a list of patterns of files in the working folder",
    )
    by_hand: ByHand = setting(
        ByHand(), "files that are what they are named here, whatever their headers say"
    )
    profiles: str | tuple[str, ...] = setting(
        (),
        "folders of your own profiles of cameras and sites",
        more="Each with files in `cameras/` and `sites/`, as those that come along have them in "
        "`config/`; yours go before these. They tell what headers do not: "
        "[docs/profiles.md](../docs/profiles.md).",
        what="a folder of profiles, or a list of folders",
        path=True,
    )
    dates: str | None = setting(
        None,
        "nights a run is about: `2012-06-04`, or `2012-06-04..2012-06-08`; null: all",
        more="Either end may be left open. Masters of other nights still serve. It selects as "
        "`select` does, below.",
        what="a night like 2012-06-04, two of them like 2012-06-04..2012-06-08",
        pattern=r"^(?=.{8})(\d{4}-?\d{2}-?\d{2})?(\.\.(\d{4}-?\d{2}-?\d{2})?)?$",
    )
    infer_kind: bool = setting(
        True,
        "where a header does not say the kind of frame, plain words of its path do",
        more="`Bias/`, `darks`, `flat-V_001.fits`; and of a dark that does not say its exposure, "
        "`dark_60s/`, `exp_0.500s/`. It is noted. false: such frames are set aside.",
    )
    results: str = setting(
        "results",
        "where the products go",
        what="the folder for all products, without braces or angle brackets in its name",
        pattern=r"^[^{}<>]+$",
        path=True,
    )
    existing: Literal["refuse", "remake", "keep"] = setting(
        "refuse",
        "files where products will lie that are not those: `refuse`, `remake` or `keep`",
        more="They are of another program, or ours of other settings while Snakemake has no record "
        "of them any more (`.snakemake` is lost). `refuse` names them and makes nothing, `remake` "
        "makes them anew, `keep` leaves calibrated lights of another program as they are, and "
        "takes our products for those of these settings, unless what they are made of is newer.",
    )
    stages: tuple[Literal["masters", "cosmetic", "calibrated", "solved"], ...] = setting(
        ("masters", "cosmetic", "calibrated", "solved"),
        "what a run makes that names no target",
        more="Each is a target of its own, too. The tables of the plan are always made.",
        some=True,
        unique=True,
    )
    export: tuple[Literal["siril", "pixinsight"], ...] = setting(
        (),
        "programs that solved lights are handed over to, by links: `siril`, `pixinsight`",
        more="Into `results/export`, a part of a run that names no target and solves: a sequence "
        "of Siril with its selection, qualities and registration, folders that WBPP reads. See "
        "[docs/handover.md](../docs/handover.md).",
        unique=True,
    )
    debayer: Literal["superpixel", "bilinear"] | None = setting(
        None,
        "lights of colour cameras besides in three planes: `superpixel`, `bilinear`",
        more="Into `results/debayered`, as FITS, a part of a run that names no target and solves. "
        "`superpixel` makes one pixel of each 2x2, `bilinear` keeps their number. Nothing else is "
        "made of them, and nothing of lights that were debayered before they were saved; see "
        "[docs/handover.md](../docs/handover.md#lights-in-three-colours).",
    )
    foreign_config: str | None = setting(
        None,
        "the configuration file of another system, read as it stands",
        more="What it says lies under what you say yourself. Keys of it that have no effect are "
        "named in the preview.",
        what="a YAML file",
        path=True,
    )
    foreign_keys: str | None = setting(
        None,
        "of which system: `pulsar`, `astep`, `wbpp`, `ost`",
        more="Its table in `config/presets`, such as `ost_keys.yaml`, says what each of its keys "
        "becomes. Keys of that table may be given beside our own, too.",
        what="the name of a table in config/presets",
    )
    xisf_compression: Compression | None = setting(
        None,
        "of products in XISF: `zlib`, `lz4`, `lz4hc` or `zstd`, with `+sh` for shuffled bytes",
        more="Shuffling the bytes of the numbers first makes images smaller. `zstd+sh` is small "
        "and quick (a float32 master to less than half or two thirds), `lz4+sh` the quickest, "
        "`zlib` read by the most programs. PixInsight reads them all, `zstd` in its later "
        "versions.",
        what="zlib, lz4, lz4hc or zstd, each also with +sh behind it",
    )
    frames_per_job: int = setting(
        64,
        "light frames that one job calibrates or solves",
        more="With 1, each frame has a job of its own. On a cluster, where a job starts a Python "
        "of its own, it should be more, so that a job lasts minutes: see "
        "[profiles/README.md](../profiles/README.md). Frames that were made stay in the jobs that "
        "they shared, those of a watch in their own, until none of a job's is there any more. "
        "`results/.plateworks/batches.json` notes the jobs: without it frames are divided anew, "
        "and those that this puts into another job than before are made again, once.",
        least=1,
    )
    threads_per_job: int = setting(
        2,
        "processor cores that combining, solving, or thorough calibrating may use",
        more="Thorough is calibrating a batch with L.A.Cosmic, a fitted dark or packed XISF; else "
        "it is reading and writing, and has one core. So has solving where lights make more "
        "than eight batches, which go side by side. The products are the same with any number.",
        least=1,
    )
    mem_gb: float = setting(
        2.0,
        "gigabytes of memory that combining one master may take",
        more="Frames are read block by block, so less is needed as a rule, and no more than that "
        "is asked for: the master itself, and for each core a block of all frames.",
        unit="gigabytes",
        over=0,
    )
    verify: Literal["digests", "remake"] = setting(
        "digests",
        "what the target verify does: compares digests, or also makes some products anew",
        more="With `remake`, one master of each kind and camera, with its list or mask, and one "
        "light of each filter are made again in a scratch folder, calibrated and solved, and "
        "compared with what is there, byte by byte.",
    )
    settle_s: float = setting(
        0.0,
        "seconds a file must not have changed before it is read; for folders being filled",
        more="Until then it waits, is named in the preview, and a later run takes it. For folders "
        "into which a camera writes; 0 elsewhere.",
        unit="seconds",
        least=0,
    )
    wait_s: float = setting(
        0.0,
        "seconds a run waits at most, before it plans, for a file that is new; a watch sets it",
        more="It looks into the folders of `raw` and `library` meanwhile; other forms of naming "
        "files are as they were when the run began.",
        unit="seconds",
        least=0,
    )
    renew_s: float = setting(
        0.0,
        "seconds after which the open page of the last night renews itself; 0: never",
        more="A watch sets it: 10. The finished page, of any other run, stands still.",
        unit="seconds",
        least=0,
    )
    node: Node = setting(
        Node(), "what computers are like that jobs run on; decides the minutes that jobs ask for"
    )
    select: Select = setting(
        Select(), "the part of the archive a run is about; empty lists: everything"
    )
    names: Names = setting(
        Names(), "where products lie below the results; fields in braces; the ending: FITS or XISF"
    )
    site: Site = setting(Site(), "where one night ends")
    path_rules: tuple[PathRule, ...] = setting(
        (),
        "what a path says where a header says nothing",
        what="a list of rules, each with match (a pattern for the path below the raw folder) and "
        "set (fields and the values they get where the header says nothing), and force: true to "
        "contradict it",
    )
    exclude: tuple[str, ...] = setting(
        (),
        "frames and masters that take no part: patterns for paths, or names of sets and masters",
        what="a list of patterns for paths below the raw folders, or of names of sets and masters",
        path=True,
    )
    certify: tuple[str, ...] = setting(
        (),
        "masters that the target `certify` certifies; an empty list: all that are there",
        more="By their paths, file names, or the names of their sets in `plan/sets.csv`. Without "
        "names, those that were found doubtful or poor, or were withdrawn, are left out. See "
        "[docs/quality.md](../docs/quality.md).",
        what="a list of names of masters",
        path=True,
    )
    withdraw: tuple[str, ...] = setting(
        (),
        "masters that the target `withdraw` takes back: they serve nobody any more",
        more="Named as in `certify`.",
        what="a list of names of masters",
        path=True,
    )
    withdraw_reason: str | None = setting(
        None,
        "why they are taken back, in a sentence; `withdraw` asks for it",
    )
    who: str | None = setting(
        None,
        "whose word it is that masters are certified or taken back; null: the login name",
    )
    overrides: tuple[Override, ...] = setting(
        (),
        "masters pinned to lights",
        what="a list of entries, each with select (session, filter, object, match) and use (dark, "
        "bias, flat, cosmetic, k, mult)",
    )
    grouping: Grouping = setting(Grouping(), "which frames make one master")
    matching: Matching = setting(Matching(), "which master serves which light")
    expiry: Expiry = setting(
        Expiry(), "by how much a camera may have changed before a master has served its time"
    )
    masters: Masters = setting(Masters(), "how frames are combined")
    pixinsight: PixInsight = setting(PixInsight(), "with `masters.engine: pixinsight`")
    cosmetic: Cosmetic = setting(Cosmetic(), "pixels to repair")
    calibrate: Calibrate = setting(Calibrate(), "the light frames")
    cosmics: Cosmics = setting(
        Cosmics(), "parameters of L.A.Cosmic (van Dokkum 2001), named as in astroscrappy"
    )
    solve: SolveOptions = setting(SolveOptions(), "world coordinates")
    capture: Capture = setting(
        Capture(), "frames taken by your own camera, over ASCOM Alpaca; see docs/capture.md"
    )
