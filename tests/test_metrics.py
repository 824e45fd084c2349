"""Figures of merit against closed forms, scipy and scikit-image."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio

from autoencoder import corrupt, metrics


@pytest.fixture
def pair():
    generator = torch.Generator().manual_seed(0)
    target = torch.rand(5, 1, 28, 28, generator=generator)
    return corrupt(target, "gaussian", 0.2, generator), target


def test_a_constant_offset_gives_the_closed_form():
    target = torch.full((1, 1, 28, 28), 0.4)
    assert metrics.mse(target + 0.1, target).item() == pytest.approx(0.01, rel=1e-5)
    assert metrics.psnr(target + 0.1, target).item() == pytest.approx(20, rel=1e-5)


def test_psnr_agrees_with_scikit_image(pair):
    reconstruction, target = pair
    expected = [
        peak_signal_noise_ratio(t.numpy(), r.numpy(), data_range=1) for r, t in zip(reconstruction, target, strict=True)
    ]
    assert metrics.psnr(reconstruction, target).tolist() == pytest.approx(expected, rel=1e-5)


def test_ssim_follows_its_equation_with_scipys_gaussian_window(pair):
    """Equation 13 of Wang et al. in an 11 x 11 Gaussian window of sigma 1.5, averaged over all pixels."""

    def blur(image):
        return gaussian_filter(image, 1.5, truncate=3.5, mode="mirror")

    expected = []
    for a, b in zip(*(images.squeeze(1).double().numpy() for images in pair), strict=True):
        mean_a, mean_b = blur(a), blur(b)
        var_a, var_b, covariance = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2, blur(a * b) - mean_a * mean_b
        luminance = (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
        expected.append((luminance * (2 * covariance + 9e-4) / (var_a + var_b + 9e-4)).mean())
    assert metrics.ssim(*pair).tolist() == pytest.approx(expected, abs=1e-4)


def test_ssim_global_follows_equation_13_over_the_whole_image(pair):
    reconstruction, target = pair
    expected = []
    for a, b in zip(reconstruction.flatten(1).double().numpy(), target.flatten(1).double().numpy(), strict=True):
        (var_a, covariance), (_, var_b) = np.cov(a, b, bias=True)
        c1, c2 = 1e-4, 9e-4
        expected.append(
            (2 * a.mean() * b.mean() + c1)
            * (2 * covariance + c2)
            / ((a.mean() ** 2 + b.mean() ** 2 + c1) * (var_a + var_b + c2))
        )
    assert metrics.ssim_global(reconstruction, target).tolist() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", ["psnr", "ssim", "ssim_global"])
def test_more_noise_scores_worse(name, pair):
    target = pair[1]
    noisy = [corrupt(target, "gaussian", level, torch.Generator().manual_seed(1)) for level in (0.05, 0.2, 0.5)]
    scores = [metrics.METRICS[name](each, target).mean().item() for each in noisy]
    assert scores == sorted(scores, reverse=True)


def test_equal_images_are_perfect(pair):
    target = pair[1]
    assert metrics.mse(target, target).eq(0).all()
    assert all(math.isinf(value) for value in metrics.psnr(target, target).tolist())
    assert metrics.ssim(target, target).tolist() == pytest.approx([1] * 5, abs=1e-5)
    assert metrics.ssim_global(target, target).tolist() == pytest.approx([1] * 5, abs=1e-5)


def test_each_metric_gives_one_number_an_image(pair):
    assert {tuple(metric(*pair).shape) for metric in metrics.METRICS.values()} == {(5,)}
    single = tuple(each[:1] for each in pair)
    assert {tuple(metric(*single).shape) for metric in metrics.METRICS.values()} == {(1,)}


@pytest.mark.parametrize("metric", metrics.METRICS.values())
def test_different_shapes_are_refused(metric, pair):
    with pytest.raises(ValueError, match="same shape"):
        metric(pair[0][:2], pair[1])
