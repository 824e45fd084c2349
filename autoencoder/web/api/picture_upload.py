"""The picture that programs send to the endpoints: opened by our own code."""

import html
from typing import Any, Final

import gradio as gr
from gradio.data_classes import ImageData

from autoencoder.data.picture_file import MAX_BYTES, PictureError, open_picture
from autoencoder.web import temporary_files

_LOST: Final = "The picture did not arrive. Upload it again."


class PictureUpload(gr.Image):
    """``gr.Image`` that hands its function the file's bytes, opened by our own code, not Gradio's.

    Gradio's own preprocessing loses transparency, clips 16-bit pictures to white, decodes pictures of
    any size and logs a traceback with a path for a damaged file.
    """

    is_template = True  # keeps gr.Image's front end

    def api_info(self) -> dict[str, Any]:
        """Gradio's type, with what this server takes: it opens no addresses."""
        return {**super().api_info(), "additional_description": "Path of a picture file of any size, not its address."}

    def example_payload(self) -> Any:
        """What the API page's code examples name; Gradio's own is an address."""
        return {"path": "boot.png", "meta": {"_type": "gradio.FileData"}}

    def preprocess(self, payload: ImageData | None) -> Any:
        """The picture as Pillow opened it, or None when there is none.

        Raises:
            gr.Error: a sentence, if the file is no picture that can be used.
        """
        if payload is None or not payload.path:
            return None
        try:
            return open_picture(_bytes(payload.path))
        except PictureError as error:
            raise complaint(str(error)) from error

    async def async_move_resource_to_block_cache(self, url_or_file_path: Any) -> str | None:
        """Refuse addresses, and paths of anything but an upload: nothing is fetched on a visitor's behalf."""
        if str(url_or_file_path).lower().startswith(("http:", "https:")):
            raise complaint("Send the picture itself, not its address.")
        if not temporary_files.is_ours(str(url_or_file_path)):
            raise complaint(_LOST)
        return await super().async_move_resource_to_block_cache(url_or_file_path)


def _bytes(path: str) -> bytes:
    """The file's content, and one byte more than any picture may have if it is longer.

    The path is checked here again: Gradio checks none that comes without its mark of a file.
    """
    content = temporary_files.read(path, MAX_BYTES + 1)
    if content is None:
        raise complaint(_LOST)
    return content


def complaint(sentence: str) -> gr.Error:
    """An error to show to the visitor, and not in the log. Gradio shows it as HTML: names are escaped."""
    return gr.Error(html.escape(sentence), print_exception=False)
