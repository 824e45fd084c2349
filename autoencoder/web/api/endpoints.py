"""The public endpoints: the same functions as the page's own, for ``gradio_client`` and other programs."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import gradio as gr
import torch
from torch import Tensor

from autoencoder.inference.denoising import Denoised
from autoencoder.inference.engine import MAX_COORDINATE, MAX_LEVEL, MAX_SEED, Engine, InputError, Question
from autoencoder.noise import KINDS
from autoencoder.web.api.calls import AnswerMany, Endpoint, Values
from autoencoder.web.api.components import Choice, ModelChoice, StrictNumber, UploadedPicture, refusal
from autoencoder.web.api.files import Files
from autoencoder.web.colormap import error_map
from autoencoder.web.routes.live import NO_MEMORY, finite, grey, neighbours_json

DENOISE: Final = (
    "Put noise on a picture and reconstruct it. The picture (10 MB, 25 megapixels at most) is cropped, centred and "
    "scaled to 28 x 28 grey levels, and inverted when its background is light. Returns the original, the noisy "
    "picture, the reconstruction and the error map (28 x 28 PNGs) and a JSON object: mse, psnr, ssim and "
    "ssim_global of the reconstruction, the same of the noisy picture under 'noisy' (psnr is null where nothing "
    "changed), code_clean and code_noisy as [x, y]."
)
DECODE: Final = (
    "Decode a place of the latent plane. Returns the picture (28 x 28 PNG) and a JSON list of the nearest test "
    "items: index in the test set, label, name, x, y and distance, nearest first."
)
ENCODE: Final = (
    "Encode a picture, prepared as for /denoise. Returns x and y, its place on the latent plane; for a model with "
    "more than two numbers, the projection of its code."
)


def build(engine: Callable[[], Engine], files: Files) -> list[Endpoint]:
    """Describe the three endpoints in the open ``gr.Blocks``; nothing of them is seen on the page.

    Args:
        engine: gives the present models; what is answered together is answered by one set of them.
        files: holds the callers' uploads, and takes the results.
    """

    def denoise(image: Tensor, model: str, noise: str, level: float, seed: int) -> Question:
        return Question(image, model, noise, (level,), seed)

    def denoise_many(calls: Sequence[Values]) -> list[Values | Exception]:
        try:
            answers = engine().denoise_many([denoise(*call) for call in calls])
        except torch.OutOfMemoryError:
            return [refusal(NO_MEMORY)] * len(calls)
        return [refusal(str(each)) if isinstance(each, InputError) else _pictures(each, files) for each in answers]

    def decode(x: float, y: float, model: str) -> Values:
        now = engine()
        found = now.look_up(x, y, model)
        return [files.keep(grey(found.image)), neighbours_json(found, now.classes)]

    def encode(image: Tensor, model: str) -> Values:
        return engine().encode(image, model)

    with gr.Column(visible=False):
        parts = _components(list(engine().names), files)
        return [
            _endpoint(denoise, DENOISE, *parts["denoise"], denoise_many),
            _endpoint(decode, DECODE, *parts["decode"], _each(decode)),
            _endpoint(encode, ENCODE, *parts["encode"], _each(encode)),
        ]


def _components(names: list[str], files: Files) -> dict[str, tuple[list[Any], list[Any]]]:
    """Inputs and outputs of each endpoint.

    Each is hidden on its own: Gradio's page fetches the front ends of visible ones in a hidden column too.
    """
    hidden: Any = {"visible": False}
    image = UploadedPicture(files, "image")
    model = ModelChoice(names, value=names[0], label="model", **hidden)
    noise = Choice(list(KINDS), value=KINDS[0], label="noise", **hidden)
    level = StrictNumber(0.25, minimum=0, maximum=MAX_LEVEL, label="level", **hidden)
    seed = StrictNumber(0, minimum=0, maximum=MAX_SEED, precision=0, label="seed", **hidden)
    least, most = -MAX_COORDINATE, MAX_COORDINATE
    x, y = (StrictNumber(0, minimum=least, maximum=most, label=name, **hidden) for name in ("x", "y"))
    titles = ("original", "noisy", "reconstruction", "error map", "image")
    *pictures, decoded = (gr.Image(format="png", label=title, **hidden) for title in titles)
    scores, nearest = (gr.JSON(label=title, **hidden) for title in ("scores", "nearest test items"))
    return {
        "denoise": ([image, model, noise, level, seed], [*pictures, scores]),
        "decode": ([x, y, model], [decoded, nearest]),
        "encode": ([image, model], [gr.Number(label=name, **hidden) for name in ("x", "y")]),
    }


def _endpoint(
    function: Callable[..., Any], description: str, inputs: list[Any], outputs: list[Any], answer: AnswerMany
) -> Endpoint:
    name = function.__name__
    event = gr.Button(visible=False).click(function, inputs, outputs, api_name=name, api_description=description)
    return Endpoint(name, event["id"], inputs, answer)


def _pictures(answer: Denoised, files: Files) -> Values:
    scores: dict[str, Any] = {name: finite(values)[0] for name, values in answer.scores.items()}
    scores["noisy"] = {name: finite(values)[0] for name, values in answer.noisy_scores.items()}
    scores["code_clean"] = answer.clean_code.tolist()
    scores["code_noisy"] = answer.codes[0].tolist()
    original, noisy, reconstruction = answer.original, answer.noisy[0], answer.reconstruction[0]
    pictures = [*map(grey, (original, noisy, reconstruction)), error_map(original, reconstruction)]
    return [*map(files.keep, pictures), scores]


def _each(answer: Callable[..., Values]) -> AnswerMany:
    """Many calls, answered one after the other."""

    def answer_many(calls: Sequence[Values]) -> list[Values | Exception]:
        return [one(call) for call in calls]

    def one(call: Values) -> Values | Exception:
        try:
            return answer(*call)
        except InputError as error:
            return refusal(str(error))
        except torch.OutOfMemoryError:
            return refusal(NO_MEMORY)

    return answer_many
