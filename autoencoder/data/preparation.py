"""From any picture to the 28x28 grey image that the models know: a garment, light on black, as large as it fits.

The order: find the garment (transparency, or its distance from the ground's colour), decide on the negative, bring its
levels near those of the training data, cut it out, turn its toe to the left.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from autoencoder.data.garment_mask import alpha_mask, colour_mask
from autoencoder.data.picture_file import PictureError, plain, shrink

SIDE: Final = 28
"""Fashion-MNIST scales a garment's longer edge to 28 pixels, then centres it (Xiao et al., 2017, section 2)."""

_WORKING_SIDE: Final = 224
_MEAN: Final = 0.65
"""Over a garment's own pixels; of Fashion-MNIST's the median is 0.64."""
_SPREAD: Final = 0.25
_MAX_GAIN: Final = 2.0
_DARKEST: Final = 0.12
"""The least level inside a garment, so that its dark parts are told from the black around it."""
_COLOURED: Final = 0.1
"""Mean saturation, the largest of red, green and blue less the least, of a picture in colours."""
_LEAST_GARMENT: Final = 0.01
"""Share of the picture below which what was found is a speck, and the picture is taken as a whole."""
_MIRROR_RATIO: Final = 1.25
_BLANK: Final = 0.02

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Prepared:
    """What the models see of a picture, and what was done to it."""

    image: Tensor
    """``(1, 1, 28, 28)`` float32 in [0, 1]."""
    inverted: bool
    mirrored: bool
    background_removed: bool


def prepare(
    picture: Image.Image,
    invert: bool | None = None,
    mirror: bool | None = None,
    remove_background: bool | None = None,
) -> Prepared:
    """Make the image that the model sees. Each option is forced by True or False; None decides by the picture.

    A picture that already is 28x28 keeps its pixels, but for what is forced, and inversion where its rim is light.

    Args:
        picture: of any size and mode.
        invert: whether dark and light are exchanged.
        mirror: whether left and right are exchanged.
        remove_background: whether all but the garment becomes black.

    Raises:
        PictureError: if no garment can be told from the ground, or nothing but one grey level would be left.
    """
    picture = plain(picture)
    if picture.size == (SIDE, SIDE) and remove_background is not True:
        return _as_it_is(to_grey(picture), invert, mirror)
    picture = shrink(picture, _WORKING_SIDE)
    clear = None if remove_background is False else alpha_mask(picture)
    opaque = _on_white(picture) if clear is None else picture.convert("RGB")
    grey, colours = _levels(opaque), _colours(opaque)
    if float(np.ptp(grey)) < _BLANK and clear is None:
        raise PictureError("This picture is blank. Choose one that shows a garment on an even background.")
    mask = np.ones(grey.shape, bool) if remove_background is False else clear
    if mask is None:
        mask = colour_mask(colours)
    if not mask.any():
        raise PictureError("No garment stands out from the background. Choose a picture with an even background.")
    if mask.mean() < _LEAST_GARMENT and remove_background is None:
        return prepare(picture, invert, mirror, remove_background=False)
    inverted = _is_positive(grey, colours, mask) if invert is None else invert
    light = 1 - grey if inverted else grey
    if remove_background is not False:
        light = np.where(mask, _level(light, mask), 0)
    image = _centred(light.astype(np.float32), mask)
    if float(np.ptp(image)) < _BLANK:
        raise PictureError("Nothing but one shade of grey is left of this picture. Choose another one.")
    mirrored = _faces_right(image) if mirror is None else mirror
    return Prepared(_tensor(image[:, ::-1] if mirrored else image), inverted, mirrored, remove_background is not False)


def has_light_background(grey: Grey) -> bool:
    """Whether the picture's rim is light, so that the garment must be inverted to lie on black."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return float(np.median(rim)) > 0.5


def _as_it_is(grey: Grey, invert: bool | None, mirror: bool | None) -> Prepared:
    inverted = has_light_background(grey) if invert is None else invert
    image = 1 - grey if inverted else grey
    return Prepared(_tensor(image[:, ::-1] if mirror else image), inverted, bool(mirror), False)


def to_grey(picture: Image.Image) -> Grey:
    """Grey levels ``(H, W)`` in [0, 1] of a picture of any mode, transparency laid over white."""
    return _levels(_on_white(plain(picture)))


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")


def _levels(picture: Image.Image) -> Grey:
    """``(H, W)`` in [0, 1] of a picture in mode L, RGB or F."""
    if picture.mode == "F":
        return np.asarray(picture)
    return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)


def _colours(picture: Image.Image) -> Grey:
    """``(H, W, 3)`` in [0, 1], of the same."""
    if picture.mode == "RGB":
        return np.asarray(picture, dtype=np.float32) / np.float32(255)
    return np.repeat(_levels(picture)[..., None], 3, axis=2)


def _is_positive(grey: Grey, colours: Grey, mask: Mask) -> bool:
    """Whether the picture shows light as light, and its negative is like the training data.

    Fashion-MNIST's images are negatives of photos on white. A picture in colours is taken for such a photo; a grey
    one, which may be the negative already, where the garment is darker than its ground.
    """
    if mask.all():
        return has_light_background(grey)
    saturation = np.ptp(colours, axis=2)
    if max(float(saturation.mean()), float(saturation[mask].mean())) > _COLOURED:
        return True
    rest = grey[~mask]
    # Cut out, there is no ground: then the garment's own lightness decides.
    ground = float(np.median(rest)) if np.ptp(rest) > 0 or rest[0] > 0 else 0.5
    return float(grey[mask].mean()) < ground


def _level(grey: Grey, mask: Mask) -> Grey:
    """Garment levels half-way to the training data's mean, their spread up to doubled."""
    garment = grey[mask]
    mean, spread = float(garment.mean()), float(garment.std())
    gain = 1 + (float(np.clip(_SPREAD / max(spread, 1e-3), 1, _MAX_GAIN)) - 1) / 2
    levelled: Grey = np.clip((grey - mean) * gain + (mean + _MEAN) / 2, _DARKEST, 1)
    return levelled


def _centred(grey: Grey, mask: Mask) -> Grey:
    """The mask's rectangle, its longer edge at 28 pixels, in the middle of a black square."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = SIDE / max(cut.shape)
    height, width = (max(1, round(side * scale)) for side in cut.shape)
    small = np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BILINEAR))
    canvas = np.zeros((SIDE, SIDE), dtype=np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[top : top + height, left : left + width] = small
    return canvas


def _faces_right(image: Grey) -> bool:
    """Whether the upper left quarter outweighs the upper right: a shoe's ankle, which Fashion-MNIST has right."""
    half = SIDE // 2
    return float(image[:half, :half].sum()) > _MIRROR_RATIO * float(image[:half, half:].sum())


def _tensor(image: Grey) -> Tensor:
    return torch.from_numpy(np.clip(image, 0, 1).astype(np.float32)).reshape(1, 1, SIDE, SIDE)
