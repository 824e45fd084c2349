"""From any picture a person has to the 28x28 grey image that the models know."""

import io
import warnings
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

MAX_PIXELS: Final = 40_000_000
GARMENT_SIZE: Final = 28
"""Fashion-MNIST scales a garment's longer edge to 28 pixels, then centres it (Xiao et al., 2017, section 2)."""

_SIDE: Final = 28
_WORKING_SIDE: Final = 512
_BACKGROUND_TOLERANCE: Final = 0.08


class PictureError(ValueError):
    """A picture cannot be used; the message says why and what to do."""


def open_picture(content: bytes) -> Image.Image:
    """Decode an image file.

    Args:
        content: the bytes of a PNG, JPEG, WebP, GIF (first frame), BMP or TIFF file.

    Returns:
        The picture, upright (EXIF orientation applied).

    Raises:
        PictureError: if the bytes are no picture, damaged, or have more than 40 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content))
        if picture.width * picture.height > MAX_PIXELS:
            raise PictureError(
                f"This picture is {picture.width} x {picture.height} pixels; the limit is "
                f"{MAX_PIXELS // 10**6} megapixels. Scale it down and try again."
            )
        picture.load()
        return ImageOps.exif_transpose(picture)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"This picture has far more than {MAX_PIXELS // 10**6} megapixels. Scale it down and try again."
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise PictureError("This file is not a picture that can be read. Use a PNG, JPEG, WebP or GIF file.") from error


def to_grey(picture: Image.Image) -> np.ndarray:
    """Grey levels of a picture of any mode, transparency laid over white.

    16-bit and float pictures are scaled by their own range instead of being clipped to white.

    Returns:
        ``(H, W)`` float32 in [0, 1].
    """
    if picture.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(picture, dtype=np.float32))
        low, high = float(values.min()), float(values.max())
        return (values - low) / (high - low) if high > low else np.zeros_like(values)
    rgba = picture.convert("RGBA")
    paper = Image.new("RGBA", rgba.size, "white")
    grey = Image.alpha_composite(paper, rgba).convert("L")
    return np.asarray(grey, dtype=np.float32) / 255


def has_light_background(grey: np.ndarray) -> bool:
    """Whether the picture's rim is light, so that the garment must be inverted to lie on black."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return float(np.median(rim)) > 0.5


def prepare(picture: Image.Image, invert: bool | None = None) -> Tensor:
    """Make the image that the model sees: grey, garment light on black, cropped, centred, 28x28.

    A picture that already is 28x28 keeps its pixels (it may still be inverted).

    Args:
        picture: of any size and mode.
        invert: True or False to force it; None inverts when the background is light.

    Returns:
        ``(1, 1, 28, 28)`` float32 in [0, 1].

    Raises:
        PictureError: if the picture is of one even colour.
    """
    if min(picture.size) < 1:
        raise PictureError("This picture has no pixels. Choose another one.")
    exact = picture.size == (_SIDE, _SIDE)
    if not exact:
        picture = _shrink(picture)
    grey = to_grey(picture)
    if invert or (invert is None and has_light_background(grey)):
        grey = 1 - grey
    if not exact:
        if float(grey.max() - grey.min()) < 0.02:
            raise PictureError("This picture is blank. Choose one that shows a garment on an even background.")
        grey = _centre(_crop(grey))
    return torch.from_numpy(np.clip(grey, 0, 1).astype(np.float32)).reshape(1, 1, _SIDE, _SIDE)


def _shrink(picture: Image.Image) -> Image.Image:
    if max(picture.size) <= _WORKING_SIDE:
        return picture
    if picture.mode in ("P", "1", "PA"):
        picture = picture.convert("RGBA")
    scale = _WORKING_SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX)


def _crop(grey: np.ndarray) -> np.ndarray:
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    floor = float(np.median(rim))
    garment = np.abs(grey - floor) > _BACKGROUND_TOLERANCE
    rows, columns = np.flatnonzero(garment.any(1)), np.flatnonzero(garment.any(0))
    if not len(rows):
        return grey
    # An even grey background becomes black, as the models have only seen black ones.
    grey = np.clip((grey - floor) / max(1e-6, 1 - floor), 0, 1)
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centre(grey: np.ndarray) -> np.ndarray:
    scale = GARMENT_SIZE / max(grey.shape)
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    small = Image.fromarray((grey * 255).astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS)
    canvas = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    top, left = (_SIDE - height) // 2, (_SIDE - width) // 2
    canvas[top : top + height, left : left + width] = np.asarray(small, dtype=np.float32) / 255
    return canvas
