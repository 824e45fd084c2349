"""The public endpoints: the same functions as the page's own, for ``gradio_client`` and other programs.

MCP clients read what each argument means in the ``Args`` of the functions below.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import gradio as gr
import numpy as np
import torch
from numpy.typing import NDArray

from autoencoder.data.picture_file import PictureError
from autoencoder.data.preparation import prepare
from autoencoder.inference.denoising import Denoised
from autoencoder.inference.engine import MAX_COORDINATE, MAX_LEVEL, MAX_SEED, Engine, InputError, Question
from autoencoder.noise import KINDS
from autoencoder.web.api.errors import refusal
from autoencoder.web.api.express import Lane, Values
from autoencoder.web.api.picture_upload import PictureUpload
from autoencoder.web.api.result_image import ResultImage
from autoencoder.web.colours import error_map
from autoencoder.web.routes.live import NO_MEMORY, finite, neighbours_json

_T = TypeVar("_T")
_Pixels = NDArray[np.uint8]
MODEL_CHOICE: Final = "api-model"
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


def build(studio: Callable[[], Engine]) -> list[Lane]:
    """Add the three endpoints to the open ``gr.Blocks``; nothing of them is seen on the page.

    Args:
        studio: gives the present models; asked once for all calls that are answered together.

    Returns:
        The endpoints' express lanes.
    """
    names = studio().names
    with gr.Column(visible=False):
        image = PictureUpload(type="pil", label="image")
        model = Choice(list(names), value=names[0], label="model", elem_id=MODEL_CHOICE)
        return [
            _denoise_endpoint(studio, image, model),
            _decode_endpoint(studio, model),
            _encode_endpoint(studio, image, model),
        ]


def _denoise_endpoint(studio: Callable[[], Engine], image: gr.Image, model: gr.Dropdown) -> Lane:
    def denoise_many(calls: Sequence[Values]) -> list[Values | Exception]:
        return _denoised(studio(), calls)

    def denoise(image: Any, model: str, noise: str, level: float, seed: int) -> Values:
        """Denoise a picture.

        Args:
            image: the picture itself as data:image/png;base64,..., not its address
            model: name of the model; denoising-64 cleans best, the others squeeze it through two numbers
            noise: kind of the noise
            level: strength of the noise, in grey levels (or as the share of pixels hit), from 0 to 0.6
            seed: of the noise; the same seed draws the same noise
        """
        return _only(denoise_many([(image, model, noise, level, seed)]))

    inputs = [
        image,
        model,
        Choice(list(KINDS), value=KINDS[0], label="noise"),
        StrictNumber(0.25, minimum=0, maximum=MAX_LEVEL, label="level"),
        StrictNumber(0, minimum=0, maximum=MAX_SEED, precision=0, label="seed"),
    ]
    pictures = [
        ResultImage(format="png", label=label) for label in ("original", "noisy", "reconstruction", "error map")
    ]
    event = gr.Button().click(
        denoise, inputs, [*pictures, gr.JSON(label="scores")], api_name="denoise", api_description=_DENOISE
    )
    return Lane(event["id"], denoise_many)


def _decode_endpoint(studio: Callable[[], Engine], model: gr.Dropdown) -> Lane:
    def decode_many(calls: Sequence[Values]) -> list[Values | Exception]:
        now = studio()
        return [_in_words(partial(_decoded, now, *call)) for call in calls]

    def decode(x: float, y: float, model: str) -> Values:
        """Decode a place.

        Args:
            x: first coordinate; garments lie between about -2 and 2
            y: second coordinate; garments lie between about -2 and 2
            model: name of the model to decode with
        """
        return _only(decode_many([(x, y, model)]))

    place = [StrictNumber(0, minimum=-MAX_COORDINATE, maximum=MAX_COORDINATE, label=label) for label in ("x", "y")]
    outputs = [ResultImage(format="png", label="image"), gr.JSON(label="nearest test items")]
    event = gr.Button().click(decode, [*place, model], outputs, api_name="decode", api_description=_DECODE)
    return Lane(event["id"], decode_many)


def _encode_endpoint(studio: Callable[[], Engine], image: gr.Image, model: gr.Dropdown) -> Lane:
    def encode_many(calls: Sequence[Values]) -> list[Values | Exception]:
        now = studio()
        return [_in_words(partial(_encoded, now, *call)) for call in calls]

    def encode(image: Any, model: str) -> Values:
        """Encode a picture.

        Args:
            image: the picture itself as data:image/png;base64,..., not its address
            model: name of the model to encode with
        """
        return _only(encode_many([(image, model)]))

    place = [gr.Number(label="x"), gr.Number(label="y")]
    event = gr.Button().click(encode, [image, model], place, api_name="encode", api_description=_ENCODE)
    return Lane(event["id"], encode_many)


def _denoised(studio: Engine, calls: Sequence[Values]) -> list[Values | Exception]:
    questions = [_in_words(partial(_question, *call)) for call in calls]
    try:
        sound = iter(studio.denoise_many([each for each in questions if isinstance(each, Question)]))
    except torch.OutOfMemoryError:
        return [refusal(NO_MEMORY) if isinstance(each, Question) else each for each in questions]
    return [_in_words(partial(_pictures, next(sound))) if isinstance(each, Question) else each for each in questions]


def _question(image: Any, model: str, noise: str, level: float, seed: int) -> Question:
    return Question(prepare(_present(image)).image, model, noise, (level,), seed)


def _pictures(answer: Denoised | InputError) -> Values:
    if isinstance(answer, InputError):
        raise answer
    scores: dict[str, Any] = {name: finite(values)[0] for name, values in answer.scores.items()}
    scores["noisy"] = {name: finite(values)[0] for name, values in answer.noisy_scores.items()}
    scores["code_clean"] = answer.clean_code.tolist()
    scores["code_noisy"] = answer.codes[0].tolist()
    original, reconstruction = answer.original, answer.reconstruction[0]
    colours = error_map(original, reconstruction)
    return _grey(original), _grey(answer.noisy[0]), _grey(reconstruction), colours, scores


def _decoded(studio: Engine, x: float, y: float, model: str) -> Values:
    found = studio.look_up(x, y, model)
    return _grey(found.image), neighbours_json(found, studio.classes)


def _encoded(studio: Engine, image: Any, model: str) -> Values:
    return studio.encode(prepare(_present(image)).image, model)


def _grey(image: NDArray[np.float32]) -> _Pixels:
    return np.round(image * 255).astype(np.uint8)


def _present(image: Any) -> Any:
    if image is None:
        raise InputError("Send an image.")
    return image


def _in_words(answer: Callable[[], _T]) -> _T | gr.Error:
    try:
        return answer()
    except (InputError, PictureError) as error:
        return refusal(str(error))
    except torch.OutOfMemoryError:
        return refusal(NO_MEMORY)


def _only(answers: Sequence[Values | Exception]) -> Values:
    [answer] = answers
    if isinstance(answer, Exception):
        raise answer
    return answer
