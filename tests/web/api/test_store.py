"""What the server keeps for programs: in memory alone, for a while, under names that nobody guesses."""

import weakref

import numpy as np
import pytest
import torch
from PIL import Image

from autoencoder.inference.engine import InputError
from autoencoder.web.api import store
from autoencoder.web.api.pictures import MAX_AGE, Pictures
from autoencoder.web.api.store import Store
from tests.support import loops
from tests.support.raw_http import png


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes only when told to."""
    now = [1000.0]
    monkeypatch.setattr(store.time, "monotonic", lambda: now[0])
    return now


def test_the_latest_stay_and_the_oldest_go():
    kept = Store(3, MAX_AGE)
    names = [kept.put(value) for value in range(5)]
    assert [kept.get(name) for name in names] == [None, None, 2, 3, 4]
    assert list(kept.items()) == names[2:]


def test_what_had_to_go_is_out_of_memory_at_once():
    """Before anybody asks for it."""
    kept: Store[set[int]] = Store(1, MAX_AGE)
    first = {1}
    gone = weakref.ref(first)
    kept.put(first)
    del first
    kept.put({2})
    assert gone() is None


def test_everything_is_gone_within_the_hour(clock):
    kept = Store(3, MAX_AGE)
    name = kept.put("picture")
    clock[0] += MAX_AGE - 1
    assert kept.get(name) == "picture"
    clock[0] += 2
    assert kept.get(name) is None
    assert not kept.items()
    assert MAX_AGE < 3600


def test_names_of_equal_values_differ():
    kept = Store(10, MAX_AGE)
    assert len({kept.put("same") for _ in range(10)}) == 10


def test_of_an_upload_only_what_the_models_see_is_kept(tmp_path):
    kept = Pictures()
    path = loops.run(kept.receive(png(tmp_path / "a.png", 0)[:-20] + b"x" * 1000))
    with pytest.raises(InputError, match="damaged"):
        kept.upload({"path": path})
    content = np.zeros((28, 28), np.uint8)
    content[5:20, 8:20] = 200

    Image.fromarray(content).save(tmp_path / "b.png")
    seen = kept.upload({"path": loops.run(kept.receive((tmp_path / "b.png").read_bytes()))})
    assert torch.equal(seen, torch.from_numpy(content / 255.0).float()[None, None])


@pytest.mark.parametrize("path", [None, 5, [], "", "uploads/", "uploads/../x", "/etc/passwd", "x" * 10_000])
def test_what_was_never_uploaded_is_nothing(path):
    with pytest.raises(InputError, match="did not arrive"):
        Pictures().upload({"path": path})
