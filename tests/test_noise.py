"""Corruption processes against their definitions, torchvision and the moments of their distributions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms.v2.functional import gaussian_noise

from autoencoder.noise import KINDS, corrupt
from autoencoder.threefry import Threefry, threefry2x32

GREY = torch.full((64, 1, 28, 28), 0.5)
PIXELS = GREY.numel()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_gaussian_noise_equals_torchvisions_for_the_same_random_numbers():
    x = torch.rand(4, 1, 28, 28, generator=generator(3))
    torch.manual_seed(11)
    expected = gaussian_noise(x, sigma=0.25, clip=True)
    torch.manual_seed(11)
    assert torch.allclose(corrupt(x, "gaussian", 0.25), expected)


def test_gaussian_noise_has_the_stated_standard_deviation():
    """Where clipping cannot reach, the sample deviation lies within five standard errors of the level."""
    level = 0.05
    noise = corrupt(GREY, "gaussian", level, generator()) - GREY
    assert abs(noise.std().item() - level) < 5 * level / math.sqrt(2 * PIXELS)
    assert abs(noise.mean().item()) < 5 * level / math.sqrt(PIXELS)


def test_speckle_is_proportional_to_the_pixel():
    level, bright, dim = 0.1, torch.full_like(GREY, 0.6), torch.full_like(GREY, 0.3)
    strong = corrupt(bright, "speckle", level, generator()) - bright
    weak = corrupt(dim, "speckle", level, generator()) - dim
    assert torch.allclose(strong, 2 * weak, atol=1e-6)
    assert torch.equal(corrupt(torch.zeros(1, 1, 28, 28), "speckle", 0.5), torch.zeros(1, 1, 28, 28))


def test_masking_blackens_the_stated_share_and_leaves_the_rest():
    level = 0.3
    masked = corrupt(GREY, "masking", level, generator())
    share = (masked == 0).double().mean().item()
    assert abs(share - level) < 5 * math.sqrt(level * (1 - level) / PIXELS)
    assert set(masked.unique().tolist()) == {0.0, 0.5}


def test_salt_and_pepper_are_equally_likely():
    level = 0.4
    noisy = corrupt(GREY, "salt_pepper", level, generator())
    error = 5 * math.sqrt(level / 2 / PIXELS)
    assert abs((noisy == 0).double().mean().item() - level / 2) < error
    assert abs((noisy == 1).double().mean().item() - level / 2) < error
    assert abs((noisy == 0.5).double().mean().item() - (1 - level)) < 2 * error


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(KINDS), level=st.floats(0, 1), seed=st.integers(0, 2**31))
def test_output_stays_in_range_and_keeps_its_shape(kind, level, seed):
    x = torch.rand(2, 1, 28, 28, generator=generator(seed))
    noisy = corrupt(x, kind, level, generator(seed))
    assert noisy.shape == x.shape
    assert noisy.dtype == x.dtype
    assert 0 <= noisy.min() <= noisy.max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_level_zero_changes_nothing_and_the_error_grows_with_the_level(kind):
    x = torch.rand(8, 1, 28, 28, generator=generator(1))
    errors = [(corrupt(x, kind, level, generator()) - x).square().mean().item() for level in (0, 0.1, 0.3, 0.6)]
    assert errors[0] == 0
    assert errors == sorted(errors)
    assert errors[1] > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_fixes_the_noise_and_another_seed_changes_it(kind):
    assert torch.equal(corrupt(GREY, kind, 0.3, generator(5)), corrupt(GREY, kind, 0.3, generator(5)))
    assert not torch.equal(corrupt(GREY, kind, 0.3, generator(5)), corrupt(GREY, kind, 0.3, generator(6)))


@pytest.mark.parametrize("kind", ["masking", "salt_pepper"])
def test_pixels_hit_at_a_low_level_stay_hit_at_a_higher_one(kind):
    """The slider must not make pixels flicker: under one seed the noise only grows."""
    low, high = (corrupt(GREY, kind, level, generator(2)) for level in (0.2, 0.5))
    hit = low != GREY
    assert torch.equal(low[hit], high[hit])


def test_each_image_can_have_its_own_level():
    x = GREY[:2]
    noisy = corrupt(x, "gaussian", torch.tensor([0.0, 0.5]).reshape(2, 1, 1, 1), generator())
    assert torch.equal(noisy[0], x[0])
    assert not torch.equal(noisy[1], x[1])


@pytest.mark.parametrize("level", [-0.1, 1.1, math.nan, math.inf])
def test_a_level_outside_the_range_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        corrupt(GREY, "gaussian", level)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="gaussian, speckle, masking, salt_pepper"):
        corrupt(GREY, "blur", 0.1)


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_random123s_published_words(counter, key, words):
    """The lines "threefry2x32 20" of Random123's kat_vectors."""
    found = threefry2x32(key, *(np.array([word], dtype=np.uint32) for word in counter))
    assert [int(each[0]) for each in found] == list(words)


def test_threefrys_normal_numbers_are_normal():
    """Mean, deviation and fourth moment lie within five standard errors of N(0, 1)'s."""
    numbers = Threefry(3).normal((PIXELS,)).double()
    assert abs(numbers.mean()) < 5 / math.sqrt(PIXELS)
    assert abs(numbers.square().mean() - 1) < 5 * math.sqrt(2 / PIXELS)
    assert abs(numbers.pow(4).mean() - 3) < 5 * math.sqrt(96 / PIXELS)


@pytest.mark.parametrize("kind", KINDS)
def test_one_image_at_many_levels_has_the_noise_of_each_alone(kind):
    """The slider's strip is what its levels are one by one under the same seed."""
    x, levels = torch.rand(1, 1, 28, 28, generator=generator(1)), (0.0, 0.1, 0.6)
    strip = corrupt(x, kind, torch.tensor(levels).reshape(-1, 1, 1, 1), Threefry(7))
    alone = torch.cat([corrupt(x, kind, level, Threefry(7)) for level in levels])
    assert torch.equal(strip, alone)
    assert not torch.equal(strip, corrupt(x, kind, torch.tensor(levels).reshape(-1, 1, 1, 1), Threefry(8)))
