"""Decoding of picture files that anyone may send: which formats, how large, and what is refused."""

import io
import re
import warnings
import zipfile
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""What is read; of the forty others that Pillow knows, some start other programs (EPS) or are seldom tested."""
MAX_BYTES: Final = 10_000_000
MAX_PIXELS: Final = 25_000_000
"""A phone photo of 24 megapixels passes."""
_WORKING_SIDE: Final = 512
_MAX_SCANS: Final = 64
"""Encoders write at most some twenty scans into a progressive JPEG; thousands would take minutes to decode."""
_JPEG_MARKER: Final = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])")
"""One that a length follows, or the end (D9); among pixels there is none. A repetition would make it quadratic."""
_BIT_DEPTHS: Final = (8, 10, 12, 14, 16)
_HEIC_BRANDS: Final = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_MARKUP: Final = re.compile(rb"<(?:script|iframe|!doctype|\?php|html[ >]|svg[ >])", re.IGNORECASE)


class PictureError(ValueError):
    """A picture cannot be used; the message says why and what to do."""


def open_picture(content: bytes) -> Image.Image:
    """Decode an image file. Its size is read from its header, and refused there, before any pixel is decoded.

    Args:
        content: the bytes of a PNG, JPEG, WebP, GIF (first frame), BMP, TIFF or AVIF file.

    Returns:
        The picture, upright (EXIF orientation applied), its longer edge at most 512 pixels, in mode L, RGB,
        RGBA, or F in [0, 1].

    Raises:
        PictureError: if the bytes are no picture, damaged, longer than 10 MB, of more than 25 megapixels, or
            a picture and something else at once.
    """
    if not content:
        raise PictureError("This file is empty. Choose another one.")
    if len(content) > MAX_BYTES:
        raise PictureError(f"This file is larger than {MAX_BYTES // 10**6} MB. Scale the picture down and try again.")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS and b"avif" not in content[16:64]:
        raise PictureError(
            "This is a HEIC photo, which cannot be read here. Share or export it as a JPEG, or take a screenshot of it."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            return _decoded(content)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            "This file is not a picture that can be read. Use a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file."
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
        if picture.format in ("JPEG", "MPO") and _scans(content) > _MAX_SCANS:
            raise PictureError("This JPEG has too many scans. Save the picture anew and try again.")
        picture.draft(None, (_WORKING_SIDE, _WORKING_SIDE))  # a large JPEG is decoded at a fraction
        picture.load()
        small = shrink(plain(picture), _WORKING_SIDE)
        small.info, exif = {}, picture.getexif()
        small.getexif().update(exif)
    return ImageOps.exif_transpose(small)


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


def _scans(jpeg: bytes) -> int:
    """Scans of a JPEG up to its end: of what follows, as the films of phones do, nothing is decoded."""
    scans, at = 0, 2
    while (marker := _JPEG_MARKER.search(jpeg, at)) and marker[1] != b"\xd9":
        scans += marker[1] == b"\xda"
        at = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2])
    return scans


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


def plain(picture: Image.Image) -> Image.Image:
    """The picture in mode L, RGB, RGBA, or F in [0, 1]; of a deep one nothing is clipped."""
    if picture.mode.startswith(("I", "F")):
        return Image.fromarray(_scaled(picture))
    if picture.mode == "La":  # Pillow makes nothing else of it
        picture = picture.convert("LA")
    if picture.mode in ("P", "PA", "LA", "RGBa", "RGBA") or "transparency" in picture.info:
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


def shrink(picture: Image.Image, side: int) -> Image.Image:
    """The picture with its longer edge at most ``side``, each pixel the mean of those it stands for."""
    if max(picture.size) <= side:
        return picture
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX)
