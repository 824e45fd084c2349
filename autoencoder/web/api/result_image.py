"""Pictures that are made for a visitor, as files that are whole whenever they are seen."""

import hashlib
import io
import os
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from autoencoder.web import temporary_files

_SALT: Final = secrets.token_bytes(32)
_FRESH: Final = temporary_files.GRACE / 2


class ResultImage(gr.Image):
    """``gr.Image`` whose file replaces an equal one at once.

    Gradio's own empties the file before it writes: whoever fetches the same picture just then gets nothing. It also
    encodes at the slowest level, and hashes, checks and copies the file on several rounds.
    """

    is_template = True  # keeps gr.Image's front end

    def postprocess(self, value: Any) -> ImageData | None:
        """The address of a picture given as ``(H, W)`` or ``(H, W, 3)`` uint8."""
        if value is None:
            return None
        return ImageData(path=str(_keep(value)), orig_name="image.png")


def _keep(value: Any) -> Path:
    file = io.BytesIO()
    Image.fromarray(value).save(file, "PNG", compress_level=1)
    content = file.getvalue()
    path = temporary_files.folder() / hashlib.blake2b(content, key=_SALT, digest_size=32).hexdigest() / "image.png"
    with suppress(FileNotFoundError):
        if time.time() - path.stat().st_mtime < _FRESH:
            return path
    descriptor, name = tempfile.mkstemp(dir=temporary_files.folder())
    with os.fdopen(descriptor, "wb") as written:
        written.write(content)
    path.parent.mkdir(exist_ok=True)
    Path(name).replace(path)
    return path
