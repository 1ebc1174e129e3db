"""Where products lie: the templates of the section ``names``, filled in.

A template is a path below the results folder with fields in braces.  What fills a field is safe in
a path, whatever a header holds, and no two products get the same path.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from plateworks.errors import ConfigError
from plateworks.inventory.sets import FrameSet
from plateworks.inventory.tokens import UNKNOWN, disambiguated, number_token, safe_name
from plateworks.matching.candidates import Candidate
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.namefields import fields_of_master, fields_of_set
from plateworks.settings.names import Names
from plateworks.template import FIELDS, LIGHT_FIELDS, Template

#: Images that jobs hand on, below the results folder: previews of flats, and PixInsight's.
_BETWEEN = (
    r"previews/[^/]+/preview_[^/]+\.fits", r"pixinsight/.+\.xisf",
)  # fmt: skip

#: Models of the dark, and the darks that are made of them; the second of a name has a digest.
_MODEL = r"darkmodels/[^/]+/model(?:-[0-9a-f]{8})?"

#: Measured gains of amplifiers.
_GAINS = r"amplifiers/[^/]+/gains_[^/]+\.json"

#: Folders below the results for what is no product of a template.
_OWN = {
    "plan", "report", "previews", "pixinsight", "darkmodels", "amplifiers", "capture", "export",
    "debayered", "logs", "benchmarks",
}  # fmt: skip


class Naming:
    """All templates of a configuration.

    Parameters
    ----------
    results : str
        The results folder.
    names : Names

    Attributes
    ----------
    trial_light : str
        Name of the preview of the lights in the folder of each trial.

    Raises
    ------
    ConfigError
        For a template that cannot be filled in.
    """

    def __init__(self, results: str, names: Names):
        self._results = results
        self._templates = {key: _template(key, text) for key, text in names.as_dict().items()}
        folder, self.trial_light = os.path.split(names.trial)
        if "{" in self.trial_light or not folder:
            raise ConfigError(
                f"Config key names.trial: {names.trial!r} must be a plain file name in a "
                "folder; fields stand in the folder."
            )

    def master(self, one: FrameSet) -> str:
        """Return the path of the master that a set of frames becomes.

        A constant bias says its level: it never takes the place of a bias.fit that is there.
        """
        path = self._path(one.key.kind, fields_of_set(one))
        if one.constant is None:
            return path
        stem, ending = os.path.splitext(path)
        return f"{stem}_{number_token(one.constant)}adu{ending}"

    def amplifier_gains(self, setup: str, session: str) -> str:
        """Return the path of the gains that are measured of the amplifiers of a setup.

        It has the first night by which they can be, so that raw folders of other nights which are
        taken in turn with one folder of results do not make each other's again.
        """
        return f"{self._results}/amplifiers/{setup}/gains_{session}.json"

    def amplifier_gains_pattern(self) -> str:
        """Return a regular expression for these, below the results folder."""
        return _GAINS

    def dark_model(self, setup: str) -> str:
        """Return the path of the model of the dark of a setup; its darks lie beside it."""
        return f"{self._results}/darkmodels/{setup}/model.fits"

    def dark_model_pattern(self) -> str:
        """Return a regular expression for models of the dark, below the results folder."""
        return rf"{_MODEL}\.fits"

    def modelled_dark_pattern(self) -> str:
        """Return a regular expression for the darks of these, below the results folder."""
        return rf"{_MODEL}_[^/]+\.fits"

    def cosmetic(self, name: str, dark: Candidate | FrameSet) -> str:
        """Return the path of the cosmetic list of a dark."""
        fields = fields_of_set(dark) if isinstance(dark, FrameSet) else fields_of_master(dark)
        return self._path("cosmetic", fields | {"name": name})

    def badpix(self, flat: FrameSet) -> str:
        """Return the path of the bad-pixel mask of a flat."""
        return self._path("badpix", fields_of_set(flat))

    def trial(self, lights: FrameSet) -> str:
        """Return the folder of the trial of flats on a set of lights."""
        return os.path.dirname(self._path("trial", fields_of_set(lights)))

    def lights(self, stage: str, lights: Iterable[tuple[FrameSet, Frame, str, str]]) -> list[str]:
        """Return the paths of the products of lights in one stage.

        Parameters
        ----------
        stage : str
            calibrated or solved.
        lights : iterable of (set, frame, name, folder)
            In order of time; `folder` is that of the raw file below the raw folders.

        Returns
        -------
        list of str
            All different.  The number ``n`` counts those whose paths are otherwise the same; of two
            without a number, the later gets a digest of its raw file's path.
        """
        counts: dict[str, int] = {}
        taken: set[str] = set()
        paths = []
        of_set: dict[str, dict[str, Any]] = {}
        template = self._templates[stage]
        for one, frame, name, folder in lights:
            if one.id not in of_set:
                of_set[one.id] = fields_of_set(one)
            fields = of_set[one.id] | {"frame": name, "n": 0}
            if "folder" in template.fields:
                parts = filter(None, folder.split("/"))
                fields["folder"] = "/".join(map(safe_name, parts)) or "."
            if "object" in template.fields:
                fields["object"] = safe_name(frame.object) if frame.object else UNKNOWN
            if "n" in template.fields:
                same = template.fill(fields)
                fields["n"] = counts[same] = counts.get(same, 0) + 1
            paths.append(distinct(self._path(stage, fields), taken, frame.path))
        return paths

    def light_pattern(self, stage: str) -> str:
        """Return a regular expression for the products of lights, below the results folder."""
        return self._templates[stage].pattern()

    def master_pattern(self, kind: str) -> str:
        """Return a regular expression for the masters of a kind, below the results folder."""
        more = r"(?:_[^/]+adu)?" if kind == "bias" else ""
        return self._templates[kind].pattern(more, name=rf"{kind}(?:_[^/]+)?")

    def cosmetic_pattern(self) -> str:
        return self._templates["cosmetic"].pattern(name="cosme_[^/]+")

    def badpix_pattern(self) -> str:
        return self._templates["badpix"].pattern(name="flat(?:_[^/]+)?")

    def trial_pattern(self) -> str:
        """Return a regular expression for folders of trials; :attr:`trial_light` lies in each."""
        folder = self._templates["trial"].pattern().rpartition("/")[0]
        return rf"{folder}(?:-[0-9a-f]{{8}})?"

    def is_product(self, path: str) -> bool:
        """Whether a file below the results folder has the path of a product."""
        below = self.below(path)
        return below is not None and bool(self._products.fullmatch(below))

    def is_calibration(self, path: str) -> bool:
        """Whether a file below the results has the path of a master, a list, or a model."""
        below = self.below(path)
        return below is not None and bool(self._calibration.fullmatch(below))

    def below(self, path: str) -> str | None:
        """Return a path as it reads below the results folder, None if it does not lie there."""
        path = os.path.abspath(path)
        return path[len(self._root) :] if path.startswith(self._root) else None

    @cached_property
    def folders(self) -> list[str]:
        """The folders below the results that hold products, and what is told of them."""
        return sorted(f"{self._results}/{top}" for top in self._tops | _OWN if "{" not in top)

    @cached_property
    def product_folders(self) -> list[str]:
        """The folders with all products that last, the results at the worst."""
        if any("{" in top for top in self._tops):
            return [self._results]
        return sorted(f"{self._results}/{top}" for top in self._tops | {"darkmodels", "amplifiers"})

    @cached_property
    def _tops(self) -> set[str]:
        """What the paths of products begin with, a field perhaps; of trials there are previews."""
        texts = [one.text for key, one in self._templates.items() if key != "trial"]
        return {text.partition("/")[0] if "/" in text else "{}" for text in texts}

    @cached_property
    def _root(self) -> str:
        return os.path.join(os.path.abspath(self._results), "")

    @cached_property
    def _calibration(self) -> re.Pattern[str]:
        masters = [self.master_pattern(kind) for kind, one in KINDS.items() if one.master]
        return re.compile("|".join([*masters, self.cosmetic_pattern(), self.dark_model_pattern()]))

    @cached_property
    def _products(self) -> re.Pattern[str]:
        patterns = [one.pattern() for key, one in self._templates.items() if key != "trial"]
        tried = rf"{self.trial_pattern()}/(?:{re.escape(self.trial_light)}|trials/[^/]+)"
        models = self.dark_model_pattern(), self.modelled_dark_pattern()
        return re.compile("|".join([*_BETWEEN, _GAINS, *models, *patterns, tried]))

    def _path(self, key: str, fields: Mapping[str, Any]) -> str:
        path = os.path.normpath(self._templates[key].fill(fields))
        return f"{self._results}/{path}"


def distinct(path: str, taken: set[str], source: str) -> str:
    """Return `path`, or where it is taken (in any case of letters) one with a digest of `source`.

    What comes first keeps its plain name, so that a product that joins later renames none.
    """
    if path.casefold() in taken:
        stem, ending = os.path.splitext(path)
        path = disambiguated(stem, source) + ending
    taken.add(path.casefold())
    return path


def _template(key: str, text: str) -> Template:
    known = FIELDS + (LIGHT_FIELDS if key in ("calibrated", "solved") else ())
    return Template(f"names.{key}", text, known, "the results folder")
