"""A model as the page's script computes it: one small safetensors file."""

import json
from dataclasses import asdict

import safetensors.torch
import torch

from autoencoder.model.config import DENSE
from autoencoder.weights.checkpoint import Checkpoint


def can_export(checkpoint: Checkpoint) -> bool:
    """Whether the page's script knows how to compute the model: an encoder or decoder of one's own it does not."""
    config = checkpoint.model.config
    return (config.encoder, config.decoder) == (DENSE, DENSE)


def export(checkpoint: Checkpoint, dtype: torch.dtype = torch.float16) -> bytes:
    """The content of a safetensors file with a model's weights.

    Besides the state dictionary it holds what places a projected map's codes on the plane (``map.mean``,
    ``map.components``) and, as metadata, the configuration.

    Args:
        checkpoint: the model.
        dtype: of matrices and convolutions; vectors, which are few and scale what goes through them, and what was
            measured of the model stay float32.
    """
    matrices = {name for name, parameter in checkpoint.model.named_parameters() if parameter.ndim > 1}
    tensors = {
        name: tensor.to("cpu", dtype if name in matrices else None).contiguous()
        for name, tensor in checkpoint.model.state_dict().items()
        if tensor.is_floating_point() and not name.startswith("prior.")  # its steps are the server's alone
    }
    plane = checkpoint.latent_map
    if plane.mean is not None and plane.components is not None:
        tensors |= {"map.mean": torch.from_numpy(plane.mean), "map.components": torch.from_numpy(plane.components)}
    return safetensors.torch.save(tensors, {"config": json.dumps(asdict(checkpoint.model.config))})
