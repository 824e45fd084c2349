"""The ten garment classes, and colours for any number of classes, the same in figures and on the page."""

import colorsys
from typing import Final

DATASET: Final = "Fashion-MNIST"
CLASSES: Final = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

CLASS_COLOURS: Final = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""Ten colours told apart by the colour-blind (Petroff, "Accessible color sequences", arXiv 2107.02270)."""

_GOLDEN_ANGLE: Final = 0.381966


def colours(count: int) -> tuple[str, ...]:
    """A colour for each of ``count`` classes, as ``#rrggbb``: the ten above, then hues far from one another."""
    more = (colorsys.hls_to_rgb(i * _GOLDEN_ANGLE % 1, 0.45, 0.65) for i in range(count - len(CLASS_COLOURS)))
    extra = (f"#{round(r * 255):02x}{round(g * 255):02x}{round(b * 255):02x}" for r, g, b in more)
    return (*CLASS_COLOURS[:count], *extra)
