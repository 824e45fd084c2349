"""Turn what the models answer into values for JSON, for the page's routes and the public endpoints alike."""

import base64
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def finite(values: Sequence[float] | NDArray[np.float32]) -> list[float | None]:
    """Numbers for JSON, which has no infinity: None where a value is not finite."""
    return [float(value) if math.isfinite(value) else None for value in values]


def grey(images: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images in [0, 1] as grey levels."""
    return np.round(images * 255).astype(np.uint8)


def pack(images: NDArray[np.float32]) -> str:
    """Images in [0, 1] as base64 of their grey levels, one byte each."""
    return base64.b64encode(grey(images).tobytes()).decode("ascii")
