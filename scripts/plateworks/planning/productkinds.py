"""Which product a path is that of: the templates of names, read the other way."""

from __future__ import annotations

import re

from plateworks.metadata.kinds import KINDS
from plateworks.planning.paths import Naming


class ProductKinds:
    """The forms of the paths of all products that last, by their kinds.

    Parameters
    ----------
    naming : Naming
    """

    def __init__(self, naming: Naming):
        self._naming = naming
        masters = (kind for kind in KINDS if kind != "light")
        forms = {kind: naming.master_pattern(kind) for kind in masters}
        forms |= {"cosmetic": naming.cosmetic_pattern(), "badpix": naming.badpix_pattern()}
        forms |= {
            "dark model": naming.dark_model_pattern(),
            "amplifier gains": naming.amplifier_gains_pattern(),
            "modelled dark": naming.modelled_dark_pattern(),
        }
        forms |= {stage: naming.light_pattern(stage) for stage in ("calibrated", "solved")}
        self._forms = {kind: re.compile(form) for kind, form in forms.items()}

    def of(self, path: str) -> str | None:
        """Return the kind of a product: that of a master, of a model of the dark, or a stage.

        None if the path is that of no product, or of one that jobs only hand on.
        """
        below = self._naming.below(path)
        if below is None:
            return None
        return next((kind for kind, form in self._forms.items() if form.fullmatch(below)), None)
