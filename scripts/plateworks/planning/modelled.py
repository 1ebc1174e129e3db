"""The models of the dark that a run makes, and the darks that its lights get of any."""

from __future__ import annotations

from plateworks.matching.candidates import Candidate
from plateworks.planning.darkmodels import DarkModel
from plateworks.planning.plan import Plan


def modelled_darks(plan: Plan) -> dict[str, Candidate]:
    """Return the darks of models that lights are to get, by their paths."""
    matches = (light.modelled for light in plan.to_calibrate)
    return {match.master.path: match.master for match in matches if match is not None}


def models_to_make(plan: Plan) -> dict[str, DarkModel]:
    """Return the models that a run makes, by their paths.

    These are the ones that its lights ask for, and those of darks that it makes itself: they serve
    other runs, as these darks do.
    """
    darks = modelled_darks(plan).values()
    asked = {dark.modelled.model for dark in darks if dark.modelled is not None}
    own = {master.path for master in plan.usable}
    there = own | {master.path for master in plan.found}
    return {
        model.path: model
        for model in plan.models or ()
        if model.darks
        and (
            model.path in asked
            or (
                any(dark.path in own for dark in model.darks)
                and all(one.path in there for one in model.made_of)
            )
        )
    }
