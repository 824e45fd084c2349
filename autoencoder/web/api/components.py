"""The endpoints' inputs: Gradio's components, which describe them to programs, with strict checks of the values."""

import html
from typing import Any

import gradio as gr

from autoencoder.web.api.files import Files


class StrictNumber(gr.Number):
    """A number that answers anything else with a sentence; Gradio's own lets NaN and true pass."""

    is_template = True  # keeps gr.Number's front end

    def api_info(self) -> dict[str, Any]:
        """The type with its range, for the API page."""
        return {**super().api_info(), "minimum": self.minimum, "maximum": self.maximum}

    def preprocess(self, payload: Any) -> Any:
        """The number as it came.

        Raises:
            gr.Error: a sentence, if it is no number, not finite or out of range.
        """
        low, high = float(self.minimum or 0), float(self.maximum or 0)
        is_number = isinstance(payload, int | float) and not isinstance(payload, bool)
        if not is_number or not low <= payload <= high or (self.precision == 0 and payload != int(payload)):
            what = "a whole number" if self.precision == 0 else "a number"
            raise refusal(f"The {self.label} must be {what} between {low:.10g} and {high:.10g}.")
        return payload


class Choice(gr.Dropdown):
    """One of several words; anything else is answered with a sentence."""

    is_template = True  # keeps gr.Dropdown's front end

    def preprocess(self, payload: Any) -> Any:
        """The word as it came.

        Raises:
            gr.Error: a sentence, if it is none of the choices.
        """
        words = [value for _, value in self.choices]
        if payload not in words:
            raise refusal(f"The {self.label} must be one of: {', '.join(map(str, words))}.")
        return payload


class ModelChoice(gr.Dropdown):
    """The name of a model. The choices are those of the start; the models of now refuse a name that they lack."""

    is_template = True  # keeps gr.Dropdown's front end

    def preprocess(self, payload: Any) -> Any:
        """The name as it came.

        Raises:
            gr.Error: a sentence, if it is no text.
        """
        if not isinstance(payload, str):
            raise refusal(f"The {self.label} must be one of: {', '.join(str(value) for _, value in self.choices)}.")
        return payload


class UploadedPicture(gr.Image):
    """A picture that was uploaded before; its value is what the models see of it."""

    is_template = True  # keeps gr.Image's front end

    def __init__(self, files: Files, label: str, *, visible: bool = False) -> None:
        super().__init__(type="pil", label=label, visible=visible)  # Gradio reads both from this signature
        self._files = files

    def api_info(self) -> dict[str, Any]:
        """Gradio's type, with what this server takes: it opens no addresses."""
        return {**super().api_info(), "additional_description": "Path of a picture file, not its address."}

    def example_payload(self) -> Any:
        """What the API page's code examples name; Gradio's own is an address."""
        return {"path": "boot.png", "meta": {"_type": "gradio.FileData"}}

    def preprocess(self, payload: Any) -> Any:
        """The tensor ``(1, 1, 28, 28)`` in [0, 1] of an upload.

        Raises:
            gr.Error: a sentence, if there is no such upload or it is no picture of use.
        """
        if payload is None:
            raise refusal("Send an image.")
        path = payload.get("path") if isinstance(payload, dict) else None
        if isinstance(path, str) and path.lower().startswith(("http:", "https:")):
            raise refusal("Send the picture itself, not its address.")
        found = self._files.upload(path)
        if found is None:
            raise refusal(
                "The picture did not arrive. Upload it first, then send {'path': ...} as the upload tells it."
            )
        if isinstance(found, str):
            raise refusal(found)
        return found


def refusal(sentence: str) -> gr.Error:
    """An error that the caller is told and the log is not."""
    return gr.Error(html.escape(sentence, quote=False), print_exception=False)  # its clients show it as HTML
