"""The public endpoints: the same functions as the page's own, for ``gradio_client`` and other programs."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

import gradio as gr
from pydantic import Field, validate_call
from torch import Tensor

from autoencoder.inference.denoising import Denoised
from autoencoder.inference.engine import MAX_COORDINATE, MAX_LEVEL, MAX_SEED, Engine, InputError, Question
from autoencoder.noise import KINDS
from autoencoder.web.api.calls import Endpoint
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.error_map import error_map
from autoencoder.web.json_values import finite, grey

Values = Sequence[Any]
_Coordinate = Annotated[float, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]  # so that a refusal names x or y
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


class _Picture(gr.Image):
    """A picture file; Gradio's own is described by an address, and this server opens none."""

    is_template = True  # keeps gr.Image's front end

    def api_info(self) -> dict[str, Any]:
        """Gradio's type, with what this server takes."""
        return {**super().api_info(), "additional_description": "Path of a picture file, not its address."}

    def example_payload(self) -> Any:
        """What the API page's code examples name."""
        return {"path": "boot.png", "meta": {"_type": "gradio.FileData"}}


def build(engine: Callable[[], Engine], pictures: Pictures) -> list[Endpoint]:
    """Describe the three endpoints in the open ``gr.Blocks``; nothing of them is seen on the page.

    Args:
        engine: gives the present models; what is answered together is answered by one set of them.
        pictures: holds the callers' uploads, and takes the results.
    """

    def denoise(image: Any, model: str, noise: str, level: float, seed: int) -> Question:
        return Question(pictures.upload(image), model, noise, (level,), seed)

    def denoised(questions: Sequence[Question]) -> list[Values | Exception]:
        answers = engine().denoise_many(questions)
        return [each if isinstance(each, InputError) else _outputs(each, pictures) for each in answers]

    def decode(x: _Coordinate, y: _Coordinate, model: str) -> tuple[float, float, str]:
        return x, y, model

    def decoded(place: tuple[float, float, str]) -> Values:
        now = engine()
        found = now.look_up(*place)
        nearest = [{**vars(each), "name": now.classes[each.label]} for each in found.neighbours]
        return [pictures.keep(grey(found.image)), nearest]

    def encode(image: Any, model: str) -> tuple[Tensor, str]:
        return pictures.upload(image), model

    def encoded(question: tuple[Tensor, str]) -> Values:
        return engine().encode(*question)

    with gr.Column(visible=False):
        parts = _components(list(engine().names))
        return [
            _endpoint(denoise, DENOISE, *parts["denoise"], denoised),
            _endpoint(decode, DECODE, *parts["decode"], _each(decoded)),
            _endpoint(encode, ENCODE, *parts["encode"], _each(encoded)),
        ]


def _components(names: list[str]) -> dict[str, tuple[list[Any], list[Any]]]:
    """Inputs and outputs of each endpoint, which only describe it: the values are checked elsewhere.

    Each is hidden on its own: Gradio's page fetches the front ends of visible ones in a hidden column too.
    """
    hidden: Any = {"visible": False}
    image = _Picture(label="image", **hidden)
    model = gr.Dropdown(names, value=names[0], label="model", **hidden)
    noise = gr.Dropdown(list(KINDS), value=KINDS[0], label="noise", **hidden)
    level = gr.Slider(0, MAX_LEVEL, value=0.25, label="level", **hidden)
    seed = gr.Slider(0, MAX_SEED, value=0, precision=0, label="seed", **hidden)
    x, y = (gr.Slider(-MAX_COORDINATE, MAX_COORDINATE, value=0, label=name, **hidden) for name in ("x", "y"))
    titles = ("original", "noisy", "reconstruction", "error map", "image")
    *pictures, decoded = (gr.Image(format="png", label=title, **hidden) for title in titles)
    scores, nearest = (gr.JSON(label=title, **hidden) for title in ("scores", "nearest test items"))
    return {
        "denoise": ([image, model, noise, level, seed], [*pictures, scores]),
        "decode": ([x, y, model], [decoded, nearest]),
        "encode": ([image, model], [gr.Number(label=name, **hidden) for name in ("x", "y")]),
    }


def _endpoint(
    question: Callable[..., Any], description: str, inputs: list[Any], outputs: list[Any], answer: Callable[..., Any]
) -> Endpoint:
    name = question.__name__
    event = gr.Button(visible=False).click(question, inputs, outputs, api_name=name, api_description=description)
    checked = validate_call(config={"strict": True})(question)
    return Endpoint(name, event["id"], {each.label: each.value for each in inputs}, checked, answer)


def _each(answer: Callable[[Any], Values]) -> Callable[[Sequence[Any]], list[Values | Exception]]:
    """Answers many questions, one after the other."""

    def one(question: Any) -> Values | Exception:
        try:
            return answer(question)
        except InputError as error:
            return error

    return lambda questions: list(map(one, questions))


def _outputs(answer: Denoised, pictures: Pictures) -> Values:
    scores: dict[str, Any] = {name: finite(values)[0] for name, values in answer.scores.items()}
    scores["noisy"] = {name: finite(values)[0] for name, values in answer.noisy_scores.items()}
    scores["code_clean"] = answer.clean_code.tolist()
    scores["code_noisy"] = answer.codes[0].tolist()
    original, noisy, reconstruction = answer.original, answer.noisy[0], answer.reconstruction[0]
    images = [*map(grey, (original, noisy, reconstruction)), error_map(original, reconstruction)]
    return [*map(pictures.keep, images), scores]
