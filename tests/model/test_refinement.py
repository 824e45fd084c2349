"""Refining a code: the closed forms, the least-squares step, and what the shipped models gain."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from autoencoder import corrupt, metrics
from autoencoder.model.config import ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.model.refinement import MODEL_ERROR, clipped_moments, estimate_level, refine

PLANE = torch.linalg.qr(torch.randn(784, 2, generator=torch.Generator().manual_seed(0)))[0]


def decode_plane(z):
    """A flat sheet whose best code has a closed form."""
    return (0.5 + z @ PLANE.T).unflatten(1, (1, 28, 28))


@pytest.mark.parametrize("mu", [0.0, 0.03, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("level", [0.02, 0.25, 0.9])
def test_moments_of_clipped_noise_agree_with_numerical_integration(mu, level):
    def expectation(function):
        return quad(
            lambda n: function(np.clip(mu + level * n, 0, 1)) * norm.pdf(n),
            -10,
            10,
            points=[-mu / level, (1 - mu) / level] if max(mu, 1 - mu) / level < 10 else None,
            limit=400,
        )[0]

    mean, inside, square = clipped_moments(torch.tensor(mu).double(), torch.tensor(level).double())
    assert mean.item() == pytest.approx(expectation(lambda y: y), abs=1e-6)
    assert square.item() == pytest.approx(expectation(lambda y: (y - mu) ** 2), abs=1e-6)
    assert inside.item() == pytest.approx(norm.cdf((1 - mu) / level) - norm.cdf(-mu / level), abs=1e-6)


def test_the_unclipped_share_is_the_slope_of_the_mean():
    mu = torch.linspace(0.01, 0.99, 50).double().requires_grad_()
    mean, inside, _ = clipped_moments(mu, torch.tensor(0.4).double())
    (slope,) = torch.autograd.grad(mean.sum(), mu)
    assert torch.allclose(slope, inside, atol=1e-9)


@pytest.mark.parametrize("level", [0.1, 0.25, 0.6])
def test_the_noise_level_is_found_from_the_misfit(level):
    """The guess of the clean picture is off by as much as two numbers usually leave."""
    generator = torch.Generator().manual_seed(1)
    clean = torch.rand(8, 20_000, generator=generator)
    noisy = corrupt(clean, "gaussian", level, generator)
    off = MODEL_ERROR**0.5 * torch.randn(clean.shape, generator=generator)
    found = estimate_level(clean, noisy + off)
    assert found == pytest.approx(np.full((8, 1), level), rel=0.05)


def test_a_clean_picture_has_almost_no_noise():
    clean = torch.rand(3, 784, generator=torch.Generator().manual_seed(2))
    assert estimate_level(clean, clean).max() <= 1e-3


@pytest.mark.parametrize("allow_for_noise", [True, False])
def test_on_a_flat_sheet_it_reaches_the_least_squares_code(allow_for_noise):
    generator = torch.Generator().manual_seed(3)
    truth = torch.randn(5, 2, generator=generator)
    off_sheet = 0.02 * torch.randn(5, 784, generator=generator)
    x = decode_plane(truth) + off_sheet.unflatten(1, (1, 28, 28))
    best = np.linalg.lstsq(PLANE.numpy(), (x.flatten(1) - 0.5).T.numpy(), rcond=None)[0].T
    found = refine(decode_plane, torch.zeros(5, 2), x, steps=60, allow_for_noise=allow_for_noise)
    assert np.abs(found.numpy() - best).max() < 0.02


def test_clipped_noise_does_not_pull_the_code_away():
    """Averaged over many draws the refined code is the true one, though clipping makes the picture greyer."""
    generator = torch.Generator().manual_seed(4)
    truth = torch.tensor([[6.0, -4.0]]).expand(400, 2)
    noisy = corrupt(decode_plane(truth), "gaussian", 0.6, generator)
    biased, unbiased = (
        (refine(decode_plane, truth, noisy, steps=20, allow_for_noise=choice).mean(0) - truth[0]).norm().item()
        for choice in (False, True)
    )
    assert unbiased < 0.2 * biased


def test_no_image_comes_out_worse_where_the_steps_overshoot():
    """On a sheet so folded that its slope misleads, the best code on the way counts, the guess included."""
    generator = torch.Generator().manual_seed(5)

    def decode_folded(z):
        return (0.5 + 0.5 * torch.sin(300 * z @ PLANE.T)).unflatten(1, (1, 28, 28))

    def misfit(z):
        return (decode_folded(z) - x).square().mean((1, 2, 3))

    guess = torch.randn(50, 2, generator=generator)
    x = decode_folded(torch.randn(50, 2, generator=generator))
    refined = refine(decode_folded, guess, x, steps=1, allow_for_noise=False)
    assert (misfit(refined) <= misfit(guess)).all()
    assert (refined == guess).all(1).any()


@pytest.mark.parametrize("allow_for_noise", [False, True])
def test_a_flat_and_perfect_decode_leaves_the_code(allow_for_noise):
    """Neither slope nor, of an image taken for clean, misfit: the equation to solve is all zeros."""
    z = torch.ones(2, 2)
    black = torch.zeros(2, 1, 28, 28)

    def decode(codes):
        return torch.zeros(len(codes), 1, 28, 28)

    assert torch.equal(refine(decode, z, black, steps=2, allow_for_noise=allow_for_noise), z)


def test_each_image_is_refined_by_itself(denoising, test_images):
    """A picture's code does not depend on the pictures that share its batch."""
    together = denoising.encode(test_images[:20])
    alone = torch.cat([denoising.encode(image[None]) for image in test_images[:20]])
    assert torch.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("level", [0.0, 0.25, 0.6])
def test_shipped_codes_are_better_refined_at_every_noise_level(denoising, test_images, level):
    noisy = corrupt(test_images, "gaussian", level, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        alone, refined = (
            metrics.mse(denoising.decode(denoising.encode(noisy, refined=choice)), test_images).mean().item()
            for choice in (False, True)
        )
    assert refined < 0.98 * alone


def test_training_codes_keep_their_gradient():
    model = Autoencoder(ModelConfig(encoder_widths=(8,), decoder_widths=(8,), sine_features=4, refine_steps=2))
    images = torch.rand(4, 1, 28, 28)
    assert model.train().encode(images).requires_grad
    assert not model.eval().encode(images).requires_grad
    assert model.encode(images, refined=False).requires_grad


@pytest.fixture(scope="module")
def denoising(checkpoints):
    return checkpoints["denoising"].model


@pytest.fixture(scope="module")
def test_images(samples):
    return torch.from_numpy(samples[:1000, None]).float() / 255
