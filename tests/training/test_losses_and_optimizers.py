"""Losses and optimizer against closed forms and scipy."""

import math

import pytest
import torch
from scipy.stats import wasserstein_distance

from autoencoder.training.losses import fill_loss, reconstruction_loss
from autoencoder.training.optimizers import orthogonalize


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_reconstruction_loss_mixes_squared_and_absolute_error():
    target = torch.zeros(2, 1, 28, 28)
    assert reconstruction_loss(target + 0.5, target).item() == pytest.approx(0.25)
    assert reconstruction_loss(target + 0.5, target, l1_weight=0.3).item() == pytest.approx(0.7 * 0.25 + 0.3 * 0.5)


def test_fill_loss_is_small_for_a_uniform_square_and_large_for_a_cluster():
    square = (torch.rand(4000, 2, generator=generator()) - 0.5) * math.sqrt(12)
    assert fill_loss(square, generator(1)).item() < 0.01
    assert fill_loss(torch.zeros(4000, 2), generator(1)).item() == pytest.approx(1, abs=0.1)


def test_fill_loss_vanishes_only_where_scipys_wasserstein_distance_does():
    """Moving the square by d along a line adds d squared on that line, as for any Wasserstein-2 distance."""
    square = (torch.rand(20_000, 1, generator=generator()) - 0.5) * math.sqrt(12)
    moved = square + 0.5
    assert wasserstein_distance(moved.flatten().numpy(), square.flatten().numpy()) == pytest.approx(0.5, abs=1e-4)
    assert fill_loss(moved, generator(2)).item() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_orthogonalize_pushes_all_singular_values_towards_one(shape):
    matrix = torch.randn(shape, generator=generator())
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    result = orthogonalize(matrix, steps=6)
    singular = torch.linalg.svdvals(result)
    assert 0.6 < singular.min() <= singular.max() < 1.3
    # It keeps the singular directions: the result is near the polar factor U V^T.
    assert torch.nn.functional.cosine_similarity(result.flatten(), (u @ v).flatten(), dim=0) > 0.97
