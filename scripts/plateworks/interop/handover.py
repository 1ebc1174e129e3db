"""The lights of a night handed over to the programs that stack them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from plateworks.interop.handedlights import HandedLight, read_lights
from plateworks.interop.sirilsequence import hand_to_siril
from plateworks.interop.wbpp import hand_to_wbpp
from plateworks.orders.handover import HandoverOrder

_Groups = Mapping[str, Sequence[HandedLight]]

#: Program, as the setting ``export`` names it -> what writes for it.
_PROGRAMS: dict[str, Callable[[_Groups, Path], None]] = {
    "siril": hand_to_siril,
    "pixinsight": hand_to_wbpp,
}


def hand_over(
    order: HandoverOrder, solved: Sequence[str], verdicts: str, table: str, program: str
) -> None:
    """Lay links to the lights of a night as a program takes them, and write a table of them.

    Parameters
    ----------
    order : HandoverOrder
    solved : sequence of str
        The solved frames of the night.
    verdicts : str
        The table with the verdicts on them, in the same order.
    table : str
        The CSV file; what is written lies beside it.
    program : str
        ``siril`` or ``pixinsight``.

    Raises
    ------
    FrameError
        If a frame cannot be read.
    PlateworksError
        If the table of verdicts cannot be read, or is of other frames.
    """
    _PROGRAMS[program](read_lights(order, solved, verdicts), Path(table))
