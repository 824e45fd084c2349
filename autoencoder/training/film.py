"""Record a training's film: chosen moments of a model whose codes are two numbers."""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from autoencoder import metrics
from autoencoder.model.config import ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.training.assignment import best_codes
from autoencoder.training.phases import Phase
from autoencoder.weights import latent_map
from autoencoder.weights.film import CELLS, REACH, Frame, Stage
from autoencoder.weights.latent_map import Box

IMAGES: Final = 2_000
"""Held-out images whose codes are shown."""
_FRAMES: Final = {"joint": 13, "decoder": 7, "encoder": 0}
"""At most, of each phase. In the last one nothing moves that is shown: neither the decoder nor the searched codes."""
_BOX: Final = Box(-REACH, REACH, -REACH, REACH)


def can_record(config: ModelConfig) -> bool:
    """Whether a model has a plane that stays: two numbers, on a scale that training keeps."""
    return config.latent_dim == 2 and config.normalize_code


def moments(phase: Phase) -> set[int]:
    """The epochs of a phase, from 1, after which there is a frame: densely at first, where it changes most."""
    count, last = _FRAMES[phase.name], phase.recipe.epochs
    return {round(epoch) for epoch in np.geomspace(1, last, count)}


@torch.inference_mode()
def frame(model: Autoencoder, images: Tensor, stage: Stage, epoch: int) -> Frame:
    """One frame of a model, drawn from held-out images ``(N, 1, 28, 28)``; the model is left in eval mode."""
    model.eval()
    images = images[:IMAGES]
    codes = best_codes(model, images) if stage == "decoder" else model.encode(images, refined=stage == "finished")
    error = metrics.mse(model.decode(codes), images).mean().item()
    plane = torch.from_numpy(latent_map.decoded(model, _BOX, CELLS))
    return Frame(stage, epoch, error, codes.half().cpu(), plane)
