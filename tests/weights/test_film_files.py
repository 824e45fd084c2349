"""A film's files: what was written is read, and damage is named."""

import io
import json

import pytest
import safetensors.torch
import torch
from PIL import Image

from autoencoder.weights import film
from autoencoder.weights.file_checks import DamageError
from autoencoder.weights.film import CELLS, CODES_FILE, COLUMNS, PLANES_FILE, Frame
from tests.support.damaged_weights import cut, webp

FRAMES = 7


@pytest.fixture
def folder(tmp_path):
    """A film of seven frames of five images; frame i is i / 10 grey."""
    side = 28 * CELLS
    frames = [
        Frame("joint", i, 0.1, torch.full((5, 2), i / 4).half(), torch.full((side, side), 25 * i, dtype=torch.uint8))
        for i in range(FRAMES)
    ]
    film.save(frames, torch.tensor([0, 1, 2, 3, 9]), tmp_path)
    return tmp_path


def edit(folder, change):
    """Write the codes' file anew with other tensors or facts."""
    content = (folder / CODES_FILE).read_bytes()
    tensors = safetensors.torch.load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    facts = json.loads(header["__metadata__"]["film"])
    change(tensors, facts)
    (folder / CODES_FILE).write_bytes(safetensors.torch.save(tensors, {"film": json.dumps(facts)}))


def test_codes_labels_and_planes_come_back(folder):
    found = film.load(folder, classes=10)
    tensors = safetensors.torch.load(found[CODES_FILE])
    assert tensors["codes"][:, 0, 0].tolist() == [i / 4 for i in range(FRAMES)]
    assert tensors["labels"].tolist() == [0, 1, 2, 3, 9]
    with Image.open(io.BytesIO(found[PLANES_FILE])) as picture:
        assert picture.size == (COLUMNS * 28 * CELLS, 2 * 28 * CELLS)
        for i in range(FRAMES):
            row, column = divmod(i, COLUMNS)
            middle = (int((column + 0.5) * 28 * CELLS), int((row + 0.5) * 28 * CELLS))
            assert picture.convert("L").getpixel(middle) == pytest.approx(25 * i, abs=3)


def test_a_model_without_a_film_has_none(tmp_path):
    assert film.load(tmp_path, classes=10) == {}


DAMAGE = {
    "codes missing": (CODES_FILE, lambda f: (f / CODES_FILE).unlink()),
    "planes missing": (PLANES_FILE, lambda f: (f / PLANES_FILE).unlink()),
    "codes cut off": (CODES_FILE, lambda f: cut(f / CODES_FILE)),
    "planes cut off": (PLANES_FILE, lambda f: cut(f / PLANES_FILE)),
    "planes of fewer frames": (PLANES_FILE, lambda f: (f / PLANES_FILE).write_bytes(webp(1680, 336))),
    "too long": (CODES_FILE, lambda f: (f / CODES_FILE).write_bytes(bytes(3 * 1024**2))),
    "NaN": (CODES_FILE, lambda f: edit(f, lambda t, _: t["codes"].fill_(torch.nan))),
    "codes of three numbers": (CODES_FILE, lambda f: edit(f, lambda t, _: t.update(codes=torch.zeros(FRAMES, 5, 3)))),
    "a number as labels": (CODES_FILE, lambda f: edit(f, lambda t, _: t.update(labels=torch.tensor(1.0)))),
    "an eleventh class": (CODES_FILE, lambda f: edit(f, lambda t, _: t["labels"].fill_(10))),
    "fewer errors than frames": (CODES_FILE, lambda f: edit(f, lambda _, facts: facts["mse"].pop())),
    "an unknown stage": (CODES_FILE, lambda f: edit(f, lambda _, facts: facts.update(stages=["x"] * FRAMES))),
    "no facts": (CODES_FILE, lambda f: edit(f, lambda _, facts: facts.clear())),
    "no columns": (CODES_FILE, lambda f: edit(f, lambda _, facts: facts.update(columns=0))),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_named(folder, kind):
    blamed, damage = DAMAGE[kind]
    damage(folder)
    with pytest.raises(DamageError) as caught:
        film.load(folder, classes=10)
    assert caught.value.path.name == blamed
