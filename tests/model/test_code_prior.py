"""Refining a wide code against the closed form that a linear decoder has."""

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from autoencoder import Autoencoder, ModelConfig, corrupt, metrics
from autoencoder.model.code_prior import LEVELS, TOLERANCE, CodePrior
from autoencoder.training import prior as measurement

WIDTH = 6


def linear(seed=0):
    """A linear decoder, its matrix ``(784, 6)``, and some prior precision."""
    generator = torch.Generator().manual_seed(seed)
    matrix = 0.02 * torch.randn(784, WIDTH, generator=generator)
    root = torch.randn(WIDTH, WIDTH, generator=generator)
    return lambda z: (0.5 + z @ matrix.T).unflatten(1, (1, 28, 28)), matrix, 20 * root @ root.T + torch.eye(WIDTH)


def test_on_a_linear_decoder_it_reaches_the_most_probable_code():
    """Oracle: the normal equations, solved by numpy. It gets there whatever the gain, in a few steps a dimension."""
    decode, matrix, precision = linear()
    prior = CodePrior(WIDTH)
    prior.precision.copy_(precision.expand(len(LEVELS), -1, -1))
    prior.gain.copy_(torch.eye(WIDTH).expand(len(LEVELS), -1, -1))
    guess = torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(1))
    x = decode(guess + 0.3) + 0.02 * torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(2))
    normal = matrix.T @ matrix / TOLERANCE + precision
    right = matrix.T @ (x - decode(guess)).flatten(1).T / TOLERANCE
    best = guess + torch.from_numpy(np.linalg.solve(normal.numpy(), right.numpy()).T)
    assert not torch.allclose(prior.refine(decode, guess, x, steps=1), best, atol=1e-2)
    assert torch.allclose(prior.refine(decode, guess, x, steps=3 * WIDTH), best, atol=1e-3)


class LargestTensor(TorchFunctionMode):
    """Sees every tensor that is made."""

    numbers = 0

    def __torch_function__(self, function, types, arguments=(), options=None):
        made = function(*arguments, **(options or {}))
        for each in made if isinstance(made, tuple) else (made,):
            self.numbers = max(self.numbers, each.numel() if torch.is_tensor(each) else 0)
        return made


def test_nothing_larger_is_made_than_the_images_and_the_prior():
    """A matrix for each image would take gigabytes of codes of hundreds of numbers."""
    width, count = 300, 50
    matrix = torch.randn(784, width)
    with LargestTensor() as seen:
        decode, x = lambda z: (z @ matrix.T).unflatten(1, (1, 28, 28)), torch.rand(count, 1, 28, 28)
        CodePrior(width).refine(decode, torch.zeros(count, width), x, steps=2)
    assert seen.numbers == len(LEVELS) * width * width


def test_before_it_is_measured_a_prior_leaves_codes_as_they_are():
    decode, _, _ = linear()
    z = torch.randn(3, WIDTH)
    assert torch.equal(CodePrior(WIDTH).refine(decode, z, decode(z + 1), steps=2), z)


def test_a_measured_prior_makes_pictures_better_and_goes_with_the_weights(tmp_path):
    """An encoder that is off at random: the image tells more than its guess."""
    torch.manual_seed(0)
    shape = {"encoder_widths": (32,), "decoder_widths": (32,), "sine_features": 0, "normalize_code": False}
    model = Autoencoder(ModelConfig(latent_dim=WIDTH, refine_steps=3, refine_noisy=True, code_prior=True, **shape))
    model.eval().requires_grad_(False)
    with torch.no_grad():
        x = model.decode(torch.randn(300, WIDTH))
    measurement.measure(model, x[:200], seed=0)
    model.save_pretrained(tmp_path)
    again = Autoencoder.from_pretrained(tmp_path).eval()
    for level in (0.0, 0.25):
        noisy = corrupt(x[200:], "gaussian", level, torch.Generator().manual_seed(0))
        with torch.inference_mode():
            refined, alone = (
                metrics.mse(again.decode(again.encode(noisy, refined=choice)), x[200:]).mean()
                for choice in (True, False)
            )
        assert refined < 0.8 * alone
        assert torch.equal(again.encode(noisy), model.encode(noisy))
