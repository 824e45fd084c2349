"""The public endpoints: the same functions as the page's own, for ``gradio_client`` and other programs.

MCP clients read what each argument means in the ``Args`` of the functions below.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from autoencoder.inference import MAX_COORDINATE, MAX_LEVEL, MAX_SEED, InputError, Studio
from autoencoder.noise import KINDS
from autoencoder.picture import PictureError, prepare
from autoencoder.ui.colours import error_map
from autoencoder.ui.live import finite, neighbours_json
from autoencoder.ui.upload import PictureUpload

_T = TypeVar("_T")
_Pixels = NDArray[np.uint8]
_DENOISE: Final = (
    "Put noise on a picture and reconstruct it. The picture may be of any size: it is cropped, centred and "
    "scaled to 28 x 28 grey levels, and inverted when its background is light. Returns the original, the noisy "
    "picture, the reconstruction and the error map (28 x 28 PNGs) and a JSON object: mse, psnr, ssim and "
    "ssim_global of the reconstruction, the same of the noisy picture under 'noisy' (psnr is null where nothing "
    "changed), code_clean and code_noisy as [x, y]."
)
_DECODE: Final = (
    "Decode a place of the latent plane. Returns the picture (28 x 28 PNG) and a JSON list of the nearest test "
    "items: index in the test set, label, name, x, y and distance, nearest first."
)
_ENCODE: Final = (
    "Encode a picture, prepared as for /denoise. Returns x and y, its place on the latent plane; for a model with "
    "more than two numbers, the projection of its code."
)


class StrictNumber(gr.Number):
    """A number that answers anything else with a sentence; Gradio's own lets NaN and true pass."""

    is_template = True  # keeps gr.Number's front end

    def api_info(self) -> dict[str, Any]:
        """The type with its range, for the API page and for MCP clients."""
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
            raise _refusal(f"The {self.label} must be {what} between {low:.10g} and {high:.10g}.")
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
            raise _refusal(f"The {self.label} must be one of: {', '.join(map(str, words))}.")
        return payload


def build(studio: Studio) -> None:
    """Add the three endpoints to the open ``gr.Blocks``; nothing of them is seen on the page."""
    with gr.Column(visible=False):
        image = PictureUpload(type="pil", label="image")
        model = Choice(list(studio.names), value=studio.names[0], label="model")
        _denoise_endpoint(studio, image, model)
        _decode_endpoint(studio, model)
        place = [gr.Number(label="x"), gr.Number(label="y")]

        def encode(image: Any, model: str) -> tuple[float, float]:
            """Encode a picture.

            Args:
                image: the picture itself as data:image/png;base64,..., not its address
                model: name of the model to encode with
            """
            return _in_words(lambda: studio.encode(prepare(_present(image)), model))

        gr.Button().click(encode, [image, model], place, api_name="encode", api_description=_ENCODE)


def _denoise_endpoint(studio: Studio, image: gr.Image, model: gr.Dropdown) -> None:
    def denoise(
        image: Any, model: str, noise: str, level: float, seed: int
    ) -> tuple[_Pixels, _Pixels, _Pixels, _Pixels, dict[str, Any]]:
        """Denoise a picture.

        Args:
            image: the picture itself as data:image/png;base64,..., not its address
            model: name of the model; denoising-64 cleans best, the others squeeze it through two numbers
            noise: kind of the noise
            level: strength of the noise, in grey levels (or as the share of pixels hit), from 0 to 0.6
            seed: of the noise; the same seed draws the same noise
        """
        return _in_words(lambda: _denoised(studio, image, model, noise, level, seed))

    inputs = [
        image,
        model,
        Choice(list(KINDS), value=KINDS[0], label="noise"),
        StrictNumber(0.25, minimum=0, maximum=MAX_LEVEL, label="level"),
        StrictNumber(0, minimum=0, maximum=MAX_SEED, precision=0, label="seed"),
    ]
    pictures = [gr.Image(format="png", label=label) for label in ("original", "noisy", "reconstruction", "error map")]
    gr.Button().click(
        denoise, inputs, [*pictures, gr.JSON(label="scores")], api_name="denoise", api_description=_DENOISE
    )


def _decode_endpoint(studio: Studio, model: gr.Dropdown) -> None:
    def decode(x: float, y: float, model: str) -> tuple[_Pixels, list[dict[str, Any]]]:
        """Decode a place.

        Args:
            x: first coordinate; garments lie between about -2 and 2
            y: second coordinate; garments lie between about -2 and 2
            model: name of the model to decode with
        """
        found = _in_words(lambda: studio.look_up(x, y, model))
        return _grey(found.image), neighbours_json(found, studio.classes)

    place = [StrictNumber(0, minimum=-MAX_COORDINATE, maximum=MAX_COORDINATE, label=label) for label in ("x", "y")]
    outputs = [gr.Image(format="png", label="image"), gr.JSON(label="nearest test items")]
    gr.Button().click(decode, [*place, model], outputs, api_name="decode", api_description=_DECODE)


def _denoised(
    studio: Studio, image: Any, model: str, noise: str, level: float, seed: int
) -> tuple[_Pixels, _Pixels, _Pixels, _Pixels, dict[str, Any]]:
    answer = studio.denoise(prepare(_present(image)), model, noise, (level,), seed)
    scores: dict[str, Any] = {name: finite(values)[0] for name, values in answer.scores.items()}
    scores["noisy"] = {name: finite(values)[0] for name, values in answer.noisy_scores.items()}
    scores["code_clean"] = answer.clean_code.tolist()
    scores["code_noisy"] = answer.codes[0].tolist()
    original, reconstruction = answer.original, answer.reconstruction[0]
    return (
        _grey(original),
        _grey(answer.noisy[0]),
        _grey(reconstruction),
        error_map(original, reconstruction),
        scores,
    )


def _grey(image: NDArray[np.float32]) -> _Pixels:
    return np.round(image * 255).astype(np.uint8)


def _present(image: Any) -> Any:
    if image is None:
        raise InputError("Send an image.")
    return image


def _in_words(answer: Callable[[], _T]) -> _T:
    try:
        return answer()
    except (InputError, PictureError) as error:
        raise _refusal(str(error)) from error


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
