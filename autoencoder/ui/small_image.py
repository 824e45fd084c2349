"""An output picture of a few hundred pixels, written as cheaply as it can be."""

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from PIL import Image


class SmallImage(gr.Image):
    """``gr.Image`` for small arrays: a fast PNG in the place where Gradio would put it.

    Gradio's own encodes at the slowest level and hashes, checks and copies the file on several rounds.
    """

    is_template = True  # keeps gr.Image's front end

    def postprocess(self, value: Any) -> Any:
        """The file of a picture ``(H, W)`` or ``(H, W, 3)`` of uint8; anything else is left to ``gr.Image``."""
        if not isinstance(value, np.ndarray):
            return super().postprocess(value)
        file = io.BytesIO()
        Image.fromarray(value).save(file, "PNG", compress_level=1)
        content = file.getvalue()
        path = Path(self.GRADIO_CACHE, hashlib.sha256(content).hexdigest(), "image.png")
        _write(path, content)
        return ImageData(path=str(path), orig_name=path.name)


def _write(path: Path, content: bytes) -> None:
    try:
        os.utime(path)  # the same picture again: it is as good as new
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
