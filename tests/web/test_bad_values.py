"""Whatever is thrown at the two ways in, for pictures and for numbers: an answer in range, or a sentence."""

import base64
import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from autoencoder.data.picture_file import PictureError, open_picture
from autoencoder.data.preparation import prepare, to_grey
from autoencoder.inference.engine import MAX_COORDINATE, InputError
from autoencoder.web.api import endpoints
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.routes import live
from autoencoder.web.routes.messages import Message, PlacesRequest, StripRequest, first_fault, read
from tests.support import loops
from tests.support.caller import SENTENCE, TELLTALE
from tests.support.pictures import FORMATS, MAGIC, encoded, garment

BOUNDED = settings(
    max_examples=60,  # the same in each run
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FILES = {kind: encoded(garment(size=(220, 330)), kind) for kind in FORMATS}
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16")
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**320),
    st.booleans(),
    st.none(),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def used(content: bytes) -> torch.Tensor | None:
    """What is made of a file; None when it refuses it, which it must do in a sentence."""
    try:
        image = prepare(open_picture(content)).image
    except PictureError as error:
        refuses(error)
        return None
    assert image.shape == (1, 1, 28, 28)
    assert bool(((image >= 0) & (image <= 1)).all())
    return image


def sent(message: dict[str, Any], kind: type[Message]) -> Any:
    """A message as it is understood after its way over the network."""
    return read(json.dumps(message).encode(), kind)


def refuses(error: Exception) -> None:
    assert SENTENCE.match(str(error)), error
    assert not TELLTALE.search(str(error))


@BOUNDED
@given(st.sampled_from(list(MAGIC)), st.binary(max_size=600))
def test_any_bytes_after_a_format_s_first_ones(ending, rest):
    used(MAGIC[ending] + rest)


@BOUNDED
@given(st.sampled_from(FORMATS), st.data())
def test_any_file_with_some_bytes_changed(kind, data):
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        # Headers break decoders, so most changes go there.
        at = data.draw(st.integers(0, min(200, len(content) - 1)) | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    used(bytes(content))


@BOUNDED
@given(st.sampled_from(FORMATS), st.floats(0, 0.95))
def test_any_file_cut_off(kind, share):
    """Of a picture without its end nothing is guessed."""
    content = FILES[kind][: int(len(FILES[kind]) * share)]
    assert used(content) is None


@BOUNDED
@given(st.sampled_from(FORMATS), st.sampled_from(FORMATS), st.floats(0, 1), st.floats(0, 1))
def test_any_two_files_joined(first, second, head, tail):
    one, two = FILES[first], FILES[second]
    used(one[: int(len(one) * head)] + two[int(len(two) * tail) :])


@BOUNDED
@given(st.sampled_from(MODES), st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_any_mode_and_size(mode, width, height, seed):
    drawn = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    deep = Image.fromarray(drawn.astype(np.uint16) * 257)
    picture = deep if mode == "I;16" else Image.fromarray(drawn).convert(mode)
    grey = to_grey(picture)
    assert grey.shape == (height, width)
    assert grey.dtype == np.float32
    assert 0 <= grey.min() <= grey.max() <= 1
    if mode in ("L", "LA", "RGB", "RGBA"):
        assert np.abs(grey * 255 - drawn).max() <= 1.5
    try:
        image = prepare(picture).image
    except PictureError as error:
        refuses(error)
    else:
        assert 0 <= image.min() <= image.max() <= 1


@BOUNDED
@given(st.lists(st.floats(width=32), min_size=100, max_size=100))
def test_any_floats(values):
    """Also NaN, infinities and the largest there are."""
    grey = to_grey(Image.fromarray(np.array(values, np.float32).reshape(10, 10)))
    assert 0 <= grey.min() <= grey.max() <= 1


@pytest.mark.parametrize("top", [255, 1023, 4095, 16_383, 65_535])
def test_deep_greys_keep_their_order_and_are_not_clipped(top):
    values = np.linspace(0, top, 100).astype(np.uint16).reshape(10, 10)
    assert np.allclose(to_grey(Image.fromarray(values)), values / top, atol=1e-6)


@BOUNDED
@given(places=st.lists(st.lists(numbers, max_size=3) | numbers, max_size=70))
def test_any_places(engine, places):
    try:
        answer = live.decode_many(engine, sent({"places": places, "model": "denoising"}, PlacesRequest))
    except InputError as error:
        refuses(error)
    else:
        assert len(base64.b64decode(answer["images"])) == len(places) * 784
        assert all(abs(each) <= MAX_COORDINATE for place in places for each in place)


@BOUNDED
@given(seed=numbers, level=numbers, kind=st.text(max_size=8), model=st.text(max_size=8))
def test_any_noise(engine, seed, level, kind, model):
    """Each of the four alone, the others being right."""
    image = torch.zeros(1, 1, 28, 28)
    right = {"model": "denoising", "kind": "masking", "levels": (0.1,), "seed": 0}
    for wrong in ({"seed": seed}, {"levels": (level,)}, {"kind": kind}, {"model": model}):
        try:
            answer = engine.denoise(image, **{**right, **wrong})
        except InputError as error:
            refuses(error)
        else:
            assert answer.reconstruction.shape == (1, 28, 28)


@pytest.fixture(scope="module")
def endpoints_of(engine):
    """The endpoints' questions by name, and an uploaded garment."""

    async def build():  # in an event loop, which Gradio would otherwise open and leave open
        import gradio as gr

        pictures = Pictures()
        sent = {"path": await pictures.receive(encoded(garment()))}
        with gr.Blocks():
            return {each.name: each for each in endpoints.build(lambda: engine, pictures)}, sent

    return loops.run(build())


@BOUNDED
@given(value=numbers)
def test_any_value_for_an_endpoint_s_argument(endpoints_of, value):
    """Each alone, the others being right: an answer whose outputs JSON can hold, or a sentence."""
    found, sent = endpoints_of
    right = {
        "denoise": {"image": sent, "model": "basic", "noise": "masking", "level": 0.1, "seed": 0},
        "decode": {"x": 0, "y": 0, "model": "basic"},
    }
    for name, values in right.items():
        for argument in values:
            try:
                question = found[name].question(**{**values, argument: value})
                [answer] = found[name].answer([question])
            except ValidationError as error:
                refuses(InputError(first_fault(error)))
                continue
            except InputError as error:
                answer = error
            if isinstance(answer, Exception):
                refuses(answer)
            else:
                assert json.dumps(answer, allow_nan=False)
                numeric = (int, float) if argument in ("level", "x", "y") else type(values[argument])
                assert isinstance(value, numeric)
                assert not isinstance(value, bool)


@BOUNDED
@given(st.recursive(numbers, lambda inner: st.dictionaries(st.text(max_size=6), inner, max_size=4)))
def test_any_message(message):
    assume(isinstance(message, dict))
    for kind in (StripRequest, PlacesRequest):
        with pytest.raises(InputError) as caught:
            sent(message, kind)
        refuses(caught.value)
