"""Assign each image its best code, for the decoder to be fitted to."""

from typing import Final

import torch
from torch import Tensor

from autoencoder.model.network import Autoencoder
from autoencoder.model.refinement import refine
from autoencoder.model.search import SearchGrid
from autoencoder.training.distributed import Processes

_BATCH: Final = 2_000
_TAIL: Final = 0.0005
"""Share of the codes beyond the box at either end of each axis: single ones must not stretch the grid."""
_QUANTILE_CODES: Final = 20_000


@torch.no_grad()
def best_codes(model: Autoencoder, images: Tensor, processes: Processes | None = None) -> Tensor:
    """The codes ``(N, 2)`` with the least error on clean images ``(N, 1, 28, 28)``, by global search.

    Args:
        model: in eval mode; searched is its ``code_box``.
        images: in [0, 1].
        processes: share the work; this one alone when not given.
    """
    processes = processes or Processes()
    grid = SearchGrid(model.decode, model.code_box, cells=model.config.search_cells)
    rows = processes.share(torch.arange(len(images), device=images.device))
    own = [
        refine(model.decode, grid.best(batch), batch, steps=1, allow_for_noise=False)
        for batch in (images[part] for part in rows.split(_BATCH))
    ]
    codes = images.new_zeros(len(images), 2)
    codes[rows] = torch.cat(own)
    return processes.mean(codes) * processes.size


def box_of(codes: Tensor) -> Tensor:
    """The box ``(2, 2)``, least and greatest coordinates, that holds nearly all codes ``(N, 2)``."""
    some = codes[:_QUANTILE_CODES]  # torch's quantile takes no more than 16 million numbers, and sorts
    return torch.stack([some.quantile(_TAIL, dim=0), some.quantile(1 - _TAIL, dim=0)])
