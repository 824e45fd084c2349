"""Global search of codes: which cell of a decoded grid of the plane explains an image best.

The decoder's sheet folds, so the best code need not lie near the encoder's guess, and no descent from there finds it.
Two numbers can be searched exhaustively: every cell is decoded once and kept in memory, as its principal components.
"""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor, nn

from autoencoder.model import pca
from autoencoder.model.refinement import clipped_moments

NOISE_LEVELS: Final = (0.0, 0.16, 0.32, 0.48, 0.64)
"""Levels at which an atlas for noisy images knows how its cells look on average."""
CELLS: Final = 64
"""Cells a side: Gauss-Newton steps bridge what is left."""
_COMPONENTS: Final = 64
_BATCH: Final = 1_024
_TINY: Final = 1e-12


class Atlas(nn.Module):
    """A grid of codes with what the decoder draws at each, ready to be searched. It carries no gradient.

    Args:
        decode: codes ``(N, 2)`` to images ``(N, 1, 28, 28)`` in [0, 1].
        box: ``(2, 2)`` least and greatest coordinates of the grid, one row each.
        levels: of Gaussian noise, evenly spaced from 0: images of each are compared with what a cell looks like on
            average under such noise, clipping included, and images between two of them with both.
        cells: a side.
    """

    codes: Tensor
    mean: Tensor
    basis: Tensor
    points: Tensor
    squares: Tensor
    levels: Tensor

    @torch.no_grad()
    def __init__(
        self, decode: Callable[[Tensor], Tensor], box: Tensor, levels: Sequence[float] = (0.0,), cells: int = CELLS
    ) -> None:
        super().__init__()
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
            "levels": images.new_tensor(levels),
        }
        for name, value in kept.items():
            self.register_buffer(name, value, persistent=False)

    @torch.no_grad()
    def best(self, images: Tensor, level: Tensor | None = None) -> Tensor:
        """Codes ``(B, 2)`` of the cells with the least squared misfit to images ``(B, 1, 28, 28)``.

        Between two levels the misfit is interpolated: were it that of the nearer one, the best cell would leap from
        fold to fold, and back, as the noise grows.

        Args:
            images: in [0, 1].
            level: ``(B, 1)`` of the noise in each; none when not given.
        """
        projected = (images.flatten(1) - self.mean) @ self.basis  # (B, K)
        shares = self._shares(projected.new_zeros(1, 1) if level is None else level)  # (B, L)
        # Of all levels, though each image lies between two: so that no shape depends on a value.
        weighed = (shares[:, :, None] * projected[:, None]).flatten(1)  # (B, L * K)
        misfit = torch.addmm(shares @ self.squares, weighed, self.points.flatten(0, 1), alpha=-2)  # (B, C)
        return self.codes[misfit.argmin(1)]

    def _shares(self, level: Tensor) -> Tensor:
        """``(B, L)`` shares of the atlas's levels in levels ``(B, 1)``, of which at most two are not 0."""
        last, gaps = self.levels[-1], max(1, len(self.levels) - 1)
        spacing = (last / gaps).clamp_min(_TINY)
        return (1 - (torch.minimum(level, last) - self.levels).abs() / spacing).clamp_min(0)


def _expected(images: Tensor, level: float) -> Tensor:
    return torch.cat([clipped_moments(batch, images.new_tensor(level))[0] for batch in images.split(_BATCH)])
