"""A model as the page's script computes it: one small safetensors file."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType

import safetensors.torch
import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from torch import Tensor

from autoencoder.model.config import DENSE, ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.weights import tensor_file
from autoencoder.weights.checkpoint import Checkpoint
from autoencoder.weights.records import CheckedConfig


def can_export(checkpoint: Checkpoint) -> bool:
    """Whether the page's script knows how to compute the model: an encoder or decoder of one's own it does not."""
    config = checkpoint.model.config
    return (config.encoder, config.decoder) == (DENSE, DENSE)


def export(checkpoint: Checkpoint, dtype: torch.dtype = torch.float16) -> bytes:
    """The content of a safetensors file with a model's weights, as :func:`network` gives it.

    Besides, it holds what places a projected map's codes on the plane (``map.mean``, ``map.components``).
    """
    plane = checkpoint.latent_map
    places = {}
    if plane.mean is not None and plane.components is not None:
        places = {"map.mean": torch.from_numpy(plane.mean), "map.components": torch.from_numpy(plane.components)}
    return network(checkpoint.model, dtype, places)


def network(
    model: Autoencoder, dtype: torch.dtype = torch.float16, others: Mapping[str, Tensor] = MappingProxyType({})
) -> bytes:
    """The content of a safetensors file with a network's weights and, as metadata, its configuration.

    Args:
        model: the network.
        dtype: of matrices and convolutions; vectors, which are few and scale what goes through them, and what was
            measured of the model stay float32.
        others: further tensors of the file.
    """
    matrices = {name for name, parameter in model.named_parameters() if parameter.ndim > 1}
    tensors = {
        name: tensor.to("cpu", dtype if name in matrices else None).contiguous()
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point()
    }
    return safetensors.torch.save({**tensors, **others}, {"config": json.dumps(asdict(model.config))})


def from_network(content: bytes) -> Autoencoder:
    """The model, on the CPU and in eval mode, of what :func:`network` gave.

    Raises:
        ValueError: if it is no such file; the message says why, to be read after the file's name.
    """
    try:
        tensors = safetensors.torch.load(content)
        text = tensor_file.metadata(content)["config"]
        config = ModelConfig(**asdict(TypeAdapter(CheckedConfig).validate_json(text)))
        expected = tensor_file.expected_tensors(config)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError("is not a readable network") from error
    wanted = {name: each.shape for name, each in expected.items() if each.is_floating_point()}
    kinds = {each.dtype for each in tensors.values()}
    if {name: each.shape for name, each in tensors.items()} != wanted or not kinds <= {torch.float16, torch.float32}:
        raise ValueError("holds other weights than a network of its configuration has")
    if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
        raise ValueError("holds weights that are not finite numbers")
    model = Autoencoder(config)
    model.load_state_dict({name: each.float() for name, each in tensors.items()}, strict=False)
    return model.eval()
