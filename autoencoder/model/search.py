"""Global search of codes: which cell of a decoded grid of the plane explains an image best.

The decoder's sheet folds, so the best code need not lie near the encoder's guess, and no descent from there finds it.
Two numbers can be searched exhaustively: every cell is decoded once and kept in memory, as its principal components.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn

from autoencoder.model import pca
from autoencoder.model.refinement import clipped_moments

_LEVEL_COUNT: Final = 5
"""Levels of noise, from 0 on, at which a grid for noisy images knows how its cells look on average."""
SPACING: Final = 0.16
"""From one of them to the next."""
_COMPONENTS: Final = 64
_BATCH: Final = 1_024


class SearchGrid(nn.Module):
    """A grid of codes with what the decoder draws at each, ready to be searched. It carries no gradient.

    Args:
        decode: codes ``(N, 2)`` to images ``(N, 1, 28, 28)`` in [0, 1].
        box: ``(2, 2)`` least and greatest coordinates of the grid, one row each.
        cells: a side; Gauss-Newton steps bridge what is left.
        allow_for_noise: whether images may carry Gaussian noise: they are compared with what a cell looks like on
            average under such noise, clipping included.
    """

    codes: Tensor
    mean: Tensor
    basis: Tensor
    points: Tensor
    squares: Tensor

    @torch.no_grad()
    def __init__(
        self,
        decode: Callable[[Tensor], Tensor],
        box: Tensor,
        *,
        cells: int,
        allow_for_noise: bool = False,
    ) -> None:
        super().__init__()
        levels = [SPACING * i for i in range(_LEVEL_COUNT if allow_for_noise else 1)]
        steps = (torch.arange(cells, device=box.device) + 0.5) / cells
        codes = torch.cartesian_prod(steps, steps) * (box[1] - box[0]) + box[0]  # (C, 2)
        images = torch.cat([decode(batch).flatten(1) for batch in codes.split(_BATCH)])  # (C, 784)
        seen = [images if level == 0 else _expected(images, level) for level in levels]
        space = pca.fit(images if len(seen) == 1 else torch.cat([images, seen[-1]]), _COMPONENTS)
        kept = {
            "codes": codes,
            "mean": space.mean,
            "basis": space.basis,
            "points": torch.stack([space.project(each).T for each in seen]),  # (L, K, C)
            "squares": torch.stack([(each - space.mean).square().sum(1) for each in seen]),  # (L, C)
        }
        for name, value in kept.items():
            self.register_buffer(name, value, persistent=False)

    @torch.no_grad()
    def best(self, images: Tensor, level: Tensor | None = None) -> Tensor:
        """Codes ``(B, 2)`` of the cells with the least squared misfit to images ``(B, 1, 28, 28)``.

        Between two of the grid's levels of noise the misfit is interpolated: were it that of the nearer one, the best
        cell would leap from fold to fold, and back, as the noise grows. A level above the last counts as the last.

        Args:
            images: in [0, 1].
            level: ``(B, 1)`` of the noise in each; none when not given.
        """
        projected = (images.flatten(1) - self.mean) @ self.basis  # (B, K)
        # Each image's weights of the levels: at most two are not 0, but no shape may depend on a value.
        numbers = torch.arange(len(self.squares), device=projected.device)
        place = projected.new_zeros(1, 1) if level is None else (level / SPACING).clamp(max=len(self.squares) - 1)
        weights = (1 - (place - numbers).abs()).clamp_min(0)  # (B, L)
        weighted = (weights[:, :, None] * projected[:, None]).flatten(1)  # (B, L * K)
        misfit = torch.addmm(weights @ self.squares, weighted, self.points.flatten(0, 1), alpha=-2)  # (B, C)
        return self.codes[misfit.argmin(1)]


def _expected(images: Tensor, level: float) -> Tensor:
    return torch.cat([clipped_moments(batch, images.new_tensor(level))[0] for batch in images.split(_BATCH)])
