"""The picture that programs send to the endpoints: opened by our own code."""

import html
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from autoencoder.picture import PictureError, open_picture


class PictureUpload(gr.Image):
    """``gr.Image`` that hands its function the file's bytes, opened by our own code, not Gradio's.

    Gradio's own preprocessing loses transparency, clips 16-bit pictures to white, decodes pictures of
    any size and logs a traceback with a path for a damaged file.
    """

    is_template = True  # keeps gr.Image's front end

    def preprocess(self, payload: ImageData | None) -> Any:
        """The picture as Pillow opened it, or None when there is none.

        Raises:
            gr.Error: a sentence, if the file is no picture that can be used.
        """
        if payload is None or not payload.path:
            return None
        try:
            return open_picture(Path(payload.path).read_bytes())
        except PictureError as error:
            raise complaint(str(error)) from error
        except OSError as error:
            raise complaint("The picture did not arrive. Upload it again.") from error

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """Refuse addresses: the server must fetch nothing on a visitor's behalf."""
        if str(url_or_file_path).lower().startswith(("http:", "https:")):
            raise complaint("Send the picture itself, not its address.")
        return await super().async_move_resource_to_block_cache(url_or_file_path)


def complaint(sentence: str) -> gr.Error:
    """An error to show to the visitor, and not in the log. Gradio shows it as HTML: names are escaped."""
    return gr.Error(html.escape(sentence), print_exception=False)
