"""The models of the dark that a run makes, and the darks of these: what their jobs are told."""

from __future__ import annotations

from functools import cached_property

from plateworks.jobs.demand import Demand
from plateworks.jobs.sizes import ERROR, HEADER_MB, IMAGE, MB
from plateworks.matching.candidates import Candidate
from plateworks.orders.darkmodels import DarkModelOrder, DarkOfModel, ModelledDarkOrder
from plateworks.planning.darkmodels import DarkModel
from plateworks.planning.modelled import modelled_darks, models_to_make
from plateworks.planning.plan import Plan
from plateworks.planning.trials import known

#: MB of what is read at a time; bytes a pixel of a model, and of a dark of it, beside their images.
_BLOCKS_MB, _MODEL, _DARK = 150, 12, 24
#: Seconds a megapixel of each dark of a model, and of a dark that is made of one.
_FIT_S, _MAKE_S = 0.08, 0.05


class DarkModelOrders:
    """Writes the orders of the models of a plan, and of the darks that its lights get of any.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan):
        self._plan = plan

    @cached_property
    def _darks(self) -> dict[str, Candidate]:
        return modelled_darks(self._plan)

    @cached_property
    def _models(self) -> dict[str, DarkModel]:
        return models_to_make(self._plan)

    @property
    def models(self) -> list[str]:
        """All models to make."""
        return [*self._models]

    @property
    def darks(self) -> list[str]:
        """All darks that are made of a model."""
        return [*self._darks]

    def model(self, path: str) -> DarkModelOrder:
        """Return the order of a model."""
        model = known(self._models, path, "model of the dark")
        return DarkModelOrder(
            darks=tuple(
                DarkOfModel(
                    path=dark.path,
                    exposure=float(place.exposure),
                    temperature=float(place.temperature),
                    inside=inside,
                )
                for dark, place, inside in zip(model.darks, model.places, model.inside, strict=True)
            ),
            bias=None if model.bias is None else model.bias.path,
            bias_inside=model.like.bias_inside is not False,
            degrees=float(model.matching.temperature_tolerance_degC),
        )

    def dark(self, path: str) -> ModelledDarkOrder:
        """Return the order of a dark of a model."""
        dark = known(self._darks, path, "dark of a model")
        assert dark.exposure is not None and dark.temperature is not None
        assert dark.modelled is not None
        return ModelledDarkOrder(
            model=dark.modelled.model,
            exposure=float(dark.exposure),
            temperature=float(dark.temperature),
            uncertainty=self._plan.settings.calibrate.uncertainty,
        )

    def demand(self, path: str) -> Demand:
        """Fitting a model: all darks are read twice, in blocks."""
        model = known(self._models, path, "model of the dark")
        pixels, count = _megapixels(model.like), len(model.darks)
        return Demand(
            held_mb=pixels * (3 * IMAGE + _MODEL) + _BLOCKS_MB,
            thread_mb=0,
            disk_mb=pixels * (2 * IMAGE + ERROR) + HEADER_MB,
            seconds=0.5 + _FIT_S * pixels * count,
            read_mb=2 * IMAGE * pixels * count,
        )

    def demand_of_dark(self, path: str) -> Demand:
        """Making a dark of a model."""
        pixels = _megapixels(known(self._darks, path, "dark of a model"))
        return Demand(
            held_mb=pixels * (4 * IMAGE + _DARK),
            thread_mb=0,
            disk_mb=pixels * (IMAGE + ERROR) + HEADER_MB,
            seconds=0.5 + _MAKE_S * pixels,
            read_mb=3 * IMAGE * pixels,
        )


def _megapixels(dark: Candidate) -> float:
    return dark.setup.width * dark.setup.height / MB
