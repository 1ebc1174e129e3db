"""Which columns of the tables of lights hold text: what tells them apart from numbers."""

from __future__ import annotations

#: Columns of the measures that hold text; all others hold numbers, or nothing where not known.
TEXTS = (
    "frame", "session", "object", "camera", "filter", "date_obs", "solved", "quality", "band",
    "colour", "darkest_cell", "reason",
)  # fmt: skip
