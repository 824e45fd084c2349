"""Which pixels of a picture are the garment: by its transparency, or by their distance from the ground's colour."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage.color import rgb2lab
from skimage.filters import apply_hysteresis_threshold, threshold_otsu

_CLEAR_SHARE: Final = 0.005
"""Share of transparent pixels from which on the transparency is the garment's outline."""
_TEXTURED: Final = 6.0
"""Unevenness of the border, in units of Lab, from which on the picture is blurred first."""
_BLUR: Final = 1 / 75
"""Standard deviation, of the picture's longer side."""
_FITS: Final = 4
_LEAST_COMPONENT: Final = 0.1
"""Of the largest component's pixels; smaller ones are dirt and texture."""
_LARGEST_HOLE: Final = 0.25
"""Of the component's pixels; larger holes, under a bag's handle, stay open."""


def alpha_mask(picture: Image.Image) -> NDArray[np.bool_] | None:
    """The opaque pixels ``(H, W)`` of a picture in mode RGBA, or None where its transparency says nothing."""
    if picture.mode != "RGBA":
        return None
    opaque = np.asarray(picture.getchannel("A")) > 127
    return None if float(1 - opaque.mean()) <= _CLEAR_SHARE else opaque


def colour_mask(colours: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The pixels ``(H, W)`` of ``(H, W, 3)`` in [0, 1] that differ from the ground, which may be a gradient.

    The ground is a plane in each channel of Lab, fitted to the border. All False where nothing stands out.
    """
    lab = rgb2lab(colours)
    distance, unevenness = _from_ground(lab)
    if unevenness > _TEXTURED:
        lab = ndimage.gaussian_filter(lab, _BLUR * max(lab.shape), axes=(0, 1))
        distance, unevenness = _from_ground(lab)
    low = max(3.0, 1.3 * unevenness + 1)
    high = max(low, 0.6 * float(threshold_otsu(distance))) if np.ptp(distance) > 0 else low
    return _solid(apply_hysteresis_threshold(distance, low, high))


def _from_ground(lab: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Distance ``(H, W)`` of each pixel from the fitted ground, and the 90th percentile of the border's."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[:height, :width]
    terms = np.stack([np.ones_like(x), x / width, y / height], axis=-1).astype(np.float64)  # (H, W, 3)
    edge = np.ones((height, width), bool)
    rim = max(1, round(0.02 * min(height, width)))
    edge[rim : height - rim, rim : width - rim] = False
    border, values = terms[edge], lab[edge]
    weights = np.linalg.norm(values - np.median(values, axis=0), axis=1)
    for _ in range(_FITS):
        # Where the garment touches the border, the residual is large: the farthest quarter has no say.
        near = weights <= max(1e-6, float(np.percentile(weights, 75)))
        plane, *_ = np.linalg.lstsq(border[near], values[near], rcond=None)
        weights = np.linalg.norm(values - border @ plane, axis=1)
    distance = np.linalg.norm(lab - terms @ plane, axis=2)
    return distance, min(float(np.percentile(weights, 90)), 3 * float(np.percentile(weights, 70)) + 1)


def _solid(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Components of a tenth of the largest or more, their smaller holes filled."""
    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    mask = (sizes >= _LEAST_COMPONENT * sizes.max())[labels]
    holes, _ = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    areas = np.bincount(holes.ravel())
    areas[0] = mask.size
    filled: NDArray[np.bool_] = mask | (areas <= _LARGEST_HOLE * sizes.max())[holes]
    return filled
