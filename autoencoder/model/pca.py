"""Principal component analysis, one for all: the linear path, the baselines, the search of codes and wide maps."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PCA:
    """The leading principal components of some points."""

    mean: Tensor
    """``(D,)``."""
    basis: Tensor
    """``(D, K)`` orthonormal columns, the widest direction first."""
    variances: Tensor
    """``(K,)`` of the points along them, in the same order."""

    def project(self, points: Tensor) -> Tensor:
        """Points ``(N, D)`` -> coordinates ``(N, K)``."""
        return (points - self.mean) @ self.basis

    def unproject(self, coordinates: Tensor) -> Tensor:
        """Coordinates ``(N, K)`` -> the points ``(N, D)`` of the plane through the mean."""
        return coordinates @ self.basis.T + self.mean


def fit(points: Tensor, components: int) -> PCA:
    """The ``components`` leading principal components of points ``(N, D)``, on their device."""
    mean = points.mean(0)
    centred = points - mean
    # On the CPU: Apple's GPUs have no eigenvalue solver.
    variances, directions = torch.linalg.eigh((centred.T @ centred).cpu() / len(points))
    leading = slice(-components, None)
    return PCA(
        mean,
        directions[:, leading].flip(1).to(points.device),
        variances[leading].flip(0).to(points.device),
    )
