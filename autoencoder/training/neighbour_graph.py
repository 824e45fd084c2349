"""Which training images look alike, without labels: the nearest-neighbour graph, and pairs drawn from it."""

import torch
from torch import Tensor

from autoencoder.model import pca

_ROWS_AT_ONCE = 500
_COMPONENTS = 50


@torch.inference_mode()
def nearest_neighbours(images: Tensor, k: int, components: int = _COMPONENTS) -> Tensor:
    """The ``k`` nearest other images of each image, by Euclidean distance.

    Distances are taken in the images' leading principal components, as t-SNE and UMAP usually do.

    Args:
        images: ``(N, 1, 28, 28)``.
        k: neighbours an image, less than N.
        components: principal components kept.

    Returns:
        ``(N, k)`` int64 row numbers, nearest first, never the row itself.

    Raises:
        ValueError: if ``k`` is not in [1, N).
    """
    if not 1 <= k < len(images):
        raise ValueError(f"k must lie in [1, {len(images)}), got {k}.")
    points = images.flatten(1)
    points = pca.fit(points, components).project(points)  # (N, components)
    squares = points.square().sum(1)
    found = []
    for start in range(0, len(points), _ROWS_AT_ONCE):
        rows = points[start : start + _ROWS_AT_ONCE]
        # The row's own square is the same for all its candidates, so ranking does not need it.
        distance = torch.addmm(squares, rows, points.T, alpha=-2)
        own = torch.arange(len(rows), device=rows.device)
        distance[own, start + own] = torch.inf
        found.append(distance.topk(k, largest=False).indices)
    return torch.cat(found)


def random_matching(graph: list[list[int]], generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Pair images at random along a neighbour graph, each image in exactly one pair.

    Drawing partners independently would show popular images more often than others and pull the
    model towards them. About 94 % find a neighbour that is still free; the others are paired anyhow,
    so that training sees all images evenly. Of an odd number one is left out.

    Args:
        graph: the neighbours of each image, as lists.
        generator: on the CPU.

    Returns:
        ``pairs`` ``(P, 2)`` int64 row numbers in random order, and ``linked`` ``(P,)`` bool: whether
        the second is a neighbour of the first.
    """
    count, k = len(graph), len(graph[0])
    offsets = torch.randint(k, (count,), generator=generator).tolist()
    is_taken = bytearray(count)
    linked: list[tuple[int, int]] = []
    alone: list[int] = []
    for row in torch.randperm(count, generator=generator).tolist():
        if is_taken[row]:
            continue
        is_taken[row] = 1
        for step in range(k):
            partner = graph[row][offsets[row] - step]
            if not is_taken[partner]:
                is_taken[partner] = 1
                linked.append((row, partner))
                break
        else:
            alone.append(row)
    half = len(alone) // 2
    pairs = torch.tensor(linked + list(zip(alone[:half], alone[half : 2 * half], strict=True)))
    order = torch.randperm(len(pairs), generator=generator)
    return pairs[order], order < len(linked)
