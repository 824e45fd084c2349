"""From any picture a person has to the 28x28 grey image that the models know."""

import io
import re
import warnings
import zipfile
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError
from torch import Tensor

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""What is read; of the forty others that Pillow knows, some start other programs (EPS) or are seldom tested."""
MAX_BYTES: Final = 10_000_000
MAX_PIXELS: Final = 20_000_000
GARMENT_SIZE: Final = 28
"""Fashion-MNIST scales a garment's longer edge to 28 pixels, then centres it (Xiao et al., 2017, section 2)."""

_SIDE: Final = 28
_WORKING_SIDE: Final = 512
_BACKGROUND_TOLERANCE: Final = 0.08
_MAX_SCANS: Final = 64
"""Encoders write at most some twenty scans into a progressive JPEG; thousands would take minutes to decode."""
_BIT_DEPTHS: Final = (8, 10, 12, 14, 16)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""
_MARKUP: Final = re.compile(rb"<(?:script|iframe|!doctype|\?php|html[ >]|svg[ >])", re.IGNORECASE)


class PictureError(ValueError):
    """A picture cannot be used; the message says why and what to do."""


def open_picture(content: bytes) -> Image.Image:
    """Decode an image file. Its size is read from its header, and refused there, before any pixel is decoded.

    Args:
        content: the bytes of a PNG, JPEG, WebP, GIF (first frame), BMP or TIFF file.

    Returns:
        The picture, upright (EXIF orientation applied), its longer edge at most 512 pixels, in mode L, RGB,
        RGBA, or F in [0, 1].

    Raises:
        PictureError: if the bytes are no picture, damaged, longer than 10 MB, of more than 20 megapixels, or
            a picture and something else at once.
    """
    if not content:
        raise PictureError("This file is empty. Choose another one.")
    if len(content) > MAX_BYTES:
        raise PictureError(f"This file is larger than {MAX_BYTES // 10**6} MB. Scale the picture down and try again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            return _decoded(content)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            "This file is not a picture that can be read. Use a PNG, JPEG, WebP, GIF, BMP or TIFF file."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels("far more than") from error
    except Exception as error:  # decoders answer hostile bytes with nearly any exception
        raise PictureError("This picture is damaged or incomplete. Save it anew and try again.") from error


def _decoded(content: bytes) -> Image.Image:
    if content.startswith(b"RIFF"):
        _check_size(*_webp_size(content))  # Pillow makes room for a WebP's pixels as soon as it opens it
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        _check_size(*picture.size)
        if _is_more_than_a_picture(content):
            raise PictureError(
                "This file is a picture and something else at once. Save the picture anew as a PNG or JPEG file and "
                "try again."
            )
        if picture.format == "JPEG" and content.count(b"\xff\xda") > _MAX_SCANS:
            raise PictureError("This JPEG has too many scans. Save the picture anew and try again.")
        picture.draft(None, (_WORKING_SIDE, _WORKING_SIDE))  # a large JPEG is decoded at a fraction
        picture.load()
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation) or 1)
        small = _shrink(_plain(picture))
    return small if turn is None else small.transpose(turn)


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height that a WebP file's first chunk states; (0, 0) for anything else."""
    chunk, body = content[12:16], content[20:30]
    if len(body) < 10:
        return 0, 0
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return 0, 0


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(f"{width} x {height} pixels; the limit is")


def _too_many_pixels(how_many: str) -> PictureError:
    return PictureError(f"This picture has {how_many} {MAX_PIXELS // 10**6} megapixels. Scale it down and try again.")


def _is_more_than_a_picture(content: bytes) -> bool:
    """Whether other programs would read the same bytes as a web page, a script, a PDF or an archive.

    Bytes after a picture's end alone prove nothing: phones append films and depth maps to theirs.
    """
    return b"%PDF-" in content[:1024] or _MARKUP.search(content) is not None or zipfile.is_zipfile(io.BytesIO(content))


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in mode L, RGB, RGBA, or F in [0, 1]; of a deep one nothing is clipped."""
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled(picture))
    if picture.mode in ("P", "PA", "LA", "La", "RGBa", "RGBA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in ("1", "L"):
        return picture.convert("L")
    return picture.convert("RGB")


def _scaled(picture: Image.Image) -> NDArray[np.float32]:
    """Grey levels in [0, 1] of a picture of more than 8 bits, or of floats."""
    values: NDArray[np.floating] = np.array(picture, dtype=np.float64 if picture.mode == "F" else np.float32)
    values[~np.isfinite(values)] = 0
    low, high = float(values.min()), float(values.max())
    # Cameras put 10, 12 or 14 bits into 16 and leave the rest dark: the least depth that holds all counts.
    tops = [1.0] if picture.mode == "F" and high <= 1 else [2.0**depth - 1 for depth in _BIT_DEPTHS]
    top = next((top for top in tops if high <= top), None)
    if low < 0 or top is None:
        values, top = values - low, high - low or 1.0
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        values[values == clear] = top
    return (values / top).astype(np.float32)


def to_grey(picture: Image.Image) -> NDArray[np.float32]:
    """Grey levels of a picture of any mode, transparency laid over white.

    Returns:
        ``(H, W)`` float32 in [0, 1].
    """
    picture = _plain(picture)
    if picture.mode == "F":
        return np.asarray(picture)
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)


def has_light_background(grey: NDArray[np.float32]) -> bool:
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
        picture = _shrink(_plain(picture))
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
    scale = _WORKING_SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX)


def _crop(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    floor = float(np.median(rim))
    garment = np.abs(grey - floor) > _BACKGROUND_TOLERANCE
    rows, columns = np.flatnonzero(garment.any(1)), np.flatnonzero(garment.any(0))
    if not len(rows):
        return grey
    # An even grey background becomes black, as the models have only seen black ones.
    grey = np.clip((grey - floor) / max(1e-6, 1 - floor), 0, 1)
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centre(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    scale = GARMENT_SIZE / max(grey.shape)
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    small = Image.fromarray((grey * 255).astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS)
    canvas = np.zeros((_SIDE, _SIDE), dtype=np.float32)
    top, left = (_SIDE - height) // 2, (_SIDE - width) // 2
    canvas[top : top + height, left : left + width] = np.asarray(small, dtype=np.float32) / 255
    return canvas
