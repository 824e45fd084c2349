"""The ten garment classes, and colours for any number of classes, the same in figures and on the page."""

import colorsys
from typing import Final

DATASET: Final = "Fashion-MNIST"
LONGEST_NAME: Final = 100
"""Characters of a data set's or a class's name."""
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
    "#0bd8fc",
    "#ffaa00",
    "#f03f1c",
    "#cabb8e",
    "#4202db",
    "#9aa1a5",
    "#7d5454",
    "#920203",
    "#4479ff",
    "#154b6c",
)
"""Ten colours that the colour-blind tell apart too: CIEDE2000 of at least 12 between any two and to the ground, as
points are drawn on white and on black, also under protan, deutan and tritan vision. Kinds that lie side by side on the
map, tops and shoes, are at least 13 apart. Found by simulated annealing (``docs/experiments.md``).
"""
POINT_OPACITY: Final = 0.62
"""Of the map's points, with which the colours above are drawn."""

_GOLDEN_ANGLE: Final = 0.381966


def colours(count: int) -> tuple[str, ...]:
    """A colour for each of ``count`` classes, as ``#rrggbb``: the ten above, then hues far from one another."""
    more = (colorsys.hls_to_rgb(i * _GOLDEN_ANGLE % 1, 0.45, 0.65) for i in range(count - len(CLASS_COLOURS)))
    extra = (f"#{round(r * 255):02x}{round(g * 255):02x}{round(b * 255):02x}" for r, g, b in more)
    return (*CLASS_COLOURS[:count], *extra)
