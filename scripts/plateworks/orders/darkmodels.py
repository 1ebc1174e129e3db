"""What jobs are told that fit a model to master darks, and that make a dark of it."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.darklaw import Place


@dataclass(frozen=True, kw_only=True)
class DarkOfModel:
    """A master dark that a model is fitted to.

    Attributes
    ----------
    path : str
    exposure : float
        Seconds.
    temperature : float
        Degrees C.
    inside : bool
        Whether it lies within the hull of the others, so that they may be held against it.
    """

    path: str
    exposure: float
    temperature: float
    inside: bool

    @property
    def place(self) -> Place:
        return Place(self.exposure, self.temperature)


@dataclass(frozen=True, kw_only=True)
class DarkModelOrder:
    """A model of the dark of one setup.

    Attributes
    ----------
    darks : tuple of DarkOfModel
        Of one place each.
    bias : str or None
        The master bias by which a single dark would be scaled, to compare with.
    bias_inside : bool
        Whether the darks hold their bias; so will those that are made.
    degrees : float
        Temperatures that differ by more are two.
    told : str or None
        A digest of all this, in which what files hold stands for their paths; for the header.
    """

    darks: tuple[DarkOfModel, ...]
    bias: str | None = None
    bias_inside: bool
    degrees: float
    told: str | None = None

    def files(self) -> list[str]:
        """Return every file that is read."""
        return [*(one.path for one in self.darks), *([self.bias] if self.bias else [])]


@dataclass(frozen=True, kw_only=True)
class ModelledDarkOrder:
    """A dark that is made of a model.

    Attributes
    ----------
    model : str
        The file.
    exposure : float
        Seconds.
    temperature : float
        Degrees C: within the hull of the model's darks.
    uncertainty : bool
        Whether each pixel gets a standard deviation.
    told : str or None
        A digest of all this; for the header.
    """

    model: str
    exposure: float
    temperature: float
    uncertainty: bool
    told: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.exposure, self.temperature)
