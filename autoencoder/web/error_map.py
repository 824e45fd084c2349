"""The error map's colours: matplotlib's ``hot``, without matplotlib."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_RED_FROM: Final = 0.0416
_RED_FULL: Final = 0.365079
_GREEN_FULL: Final = 0.746032


def _hot() -> NDArray[np.uint8]:
    t = np.linspace(0, 1, 256)
    red = np.interp(t, [0, _RED_FULL], [_RED_FROM, 1])
    green = np.interp(t, [_RED_FULL, _GREEN_FULL], [0, 1])
    blue = np.interp(t, [_GREEN_FULL, 1], [0, 1])
    return (np.stack([red, green, blue], 1) * 255).astype(np.uint8)


HOT: Final = _hot()
"""``(256, 3)`` red, green, blue in [0, 255]: black for 0, white for 255."""


def error_map(original: NDArray[np.float32], reconstruction: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The absolute difference of two images ``(28, 28)`` in [0, 1], as ``(28, 28, 3)`` colours."""
    difference = np.abs(original - reconstruction)
    colours: NDArray[np.uint8] = HOT[np.round(difference * 255).astype(np.uint8)]
    return colours
