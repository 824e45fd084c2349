"""The route that takes a picture file and says what the models see of it."""

import base64
import io

import httpx
import numpy as np
import pytest
from PIL import Image
from skimage import data

from autoencoder.data.picture_file import MAX_BYTES


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def grey(text):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(28, 28)


def test_picture_of_the_models_own_size_comes_back_as_it_is(server_url, samples):
    seen = httpx.post(f"{server_url}/live/upload", content=png(samples[5])).json()
    assert np.array_equal(grey(seen["image"]), samples[5])
    assert (seen["invert"], seen["mirrored"], seen["background_removed"]) == (False, False, False)


def test_query_forces_what_is_done(server_url, samples):
    address = f"{server_url}/live/upload?invert=1&mirror=1"
    seen = httpx.post(address, content=png(samples[5])).json()
    assert np.array_equal(grey(seen["image"]), 255 - samples[5][:, ::-1])
    assert (seen["invert"], seen["mirrored"]) == (True, True)


def test_light_background_is_likely_to_be_inverted(server_url, samples):
    assert httpx.post(f"{server_url}/live/upload", content=png(255 - samples[5])).json()["invert"] is True


def test_what_is_unlike_the_training_data_is_said_to_be_and_a_test_image_is_not(server_url, samples):
    cat = httpx.post(f"{server_url}/live/upload", content=png(data.chelsea()))
    assert (cat.status_code, cat.json()["unusual"]) == (200, True)
    assert httpx.post(f"{server_url}/live/upload", content=png(samples[5])).json()["unusual"] is False


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "."),
        (b"<svg></svg>", 422, "not a picture that can be read"),
        (png(np.full((40, 40), 9, np.uint8)), 422, "blank"),
        (bytes(MAX_BYTES + 1), 422, "larger than 10 MB"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(server_url, server_log, content, status, words):
    answer = httpx.post(f"{server_url}/live/upload", content=content)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert "Traceback" not in server_log.read_text()
