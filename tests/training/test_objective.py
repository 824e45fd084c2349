"""Losses, neighbour graph, matching and optimizer against closed forms and scikit-learn."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from sklearn.neighbors import NearestNeighbors

from autoencoder.training.losses import fill_loss, neighbour_loss, reconstruction_loss
from autoencoder.training.neighbour_graph import nearest_neighbours, random_matching
from autoencoder.training.optimizers import orthogonalize


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_reconstruction_loss_mixes_squared_and_absolute_error():
    target = torch.zeros(2, 1, 28, 28)
    assert reconstruction_loss(target + 0.5, target).item() == pytest.approx(0.25)
    assert reconstruction_loss(target + 0.5, target, l1_weight=0.3).item() == pytest.approx(0.7 * 0.25 + 0.3 * 0.5)


def test_neighbour_loss_is_the_log_count_when_codes_coincide():
    linked = torch.ones(8, dtype=torch.bool)
    assert neighbour_loss(torch.zeros(16, 2), linked, torch.tensor(0.0)).item() == pytest.approx(math.log(15))


def test_neighbour_loss_prefers_partners_together_and_others_apart():
    linked = torch.ones(8, dtype=torch.bool)
    places = torch.randn(8, 2, generator=generator()) * 10
    together = torch.cat([places, places])
    apart = torch.cat([places, places.flip(0)])
    assert neighbour_loss(together, linked, torch.tensor(0.0)) < neighbour_loss(apart, linked, torch.tensor(0.0)) - 1


def test_unlinked_pairs_do_not_pull():
    z = torch.randn(8, 2, generator=generator()).requires_grad_()
    neighbour_loss(z, torch.zeros(4, dtype=torch.bool), torch.tensor(0.0)).backward()
    assert z.grad.abs().max() == 0


def test_neighbour_loss_refuses_codes_without_partner():
    with pytest.raises(ValueError, match="two codes for each"):
        neighbour_loss(torch.zeros(7, 2), torch.ones(4, dtype=torch.bool), torch.tensor(0.0))


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


def test_neighbours_equal_scikit_learns():
    images = torch.rand(200, 1, 28, 28, generator=generator())
    expected = NearestNeighbors(n_neighbors=6).fit(images.flatten(1).numpy()).kneighbors(return_distance=False)
    assert np.array_equal(nearest_neighbours(images, 6, components=784).numpy(), expected)


@pytest.mark.parametrize("k", [0, 10])
def test_an_impossible_number_of_neighbours_is_refused(k):
    with pytest.raises(ValueError, match="k must lie"):
        nearest_neighbours(torch.rand(10, 1, 28, 28), k)


def test_matching_pairs_each_image_once_and_links_only_neighbours():
    images = torch.rand(301, 1, 28, 28, generator=generator())
    graph = nearest_neighbours(images, 5).tolist()
    pairs, linked = random_matching(graph, generator(1))
    rows = pairs.flatten().tolist()
    assert len(rows) == len(set(rows)) == 300
    assert all(
        second in graph[first]
        for (first, second), is_linked in zip(pairs.tolist(), linked.tolist(), strict=True)
        if is_linked
    )
    assert linked.double().mean() > 0.7
    assert not torch.equal(pairs, random_matching(graph, generator(2))[0])


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_orthogonalize_pushes_all_singular_values_towards_one(shape):
    matrix = torch.randn(shape, generator=generator())
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    result = orthogonalize(matrix, steps=6)
    singular = torch.linalg.svdvals(result)
    assert 0.6 < singular.min() <= singular.max() < 1.3
    # It keeps the singular directions: the result is near the polar factor U V^T.
    assert torch.nn.functional.cosine_similarity(result.flatten(), (u @ v).flatten(), dim=0) > 0.97
