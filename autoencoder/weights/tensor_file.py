"""Safetensors files of models, which are not trusted: their metadata, and weights that fit the configuration."""

import json
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from autoencoder.model.config import IMAGE_SHAPE, ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.weights.file_checks import DamageError


def expected_tensors(shape: ModelConfig) -> dict[str, Tensor]:
    """The tensors of a configuration's model, none of them allocated: a wrong configuration cannot fill the memory."""
    with torch.device("meta"):
        return dict(Autoencoder(shape).state_dict())


def metadata(content: bytes) -> dict[str, str]:
    """The metadata of a safetensors file's ``content``: the library reads them of files only.

    Raises:
        ValueError, KeyError, TypeError: if it is no such file, or has none.
    """
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return dict(header["__metadata__"])


def model(path: Path, content: bytes, shape: ModelConfig) -> Autoencoder:
    """The model of a configuration with the weights of a safetensors file's ``content``, on the CPU, in eval mode.

    Raises:
        DamageError: if that is no safetensors file, its tensors are not those of such a model, or they do not
            give finite numbers.
    """
    try:
        tensors = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DamageError(path, "is not a readable safetensors file") from error
    wanted = {name: (each.shape, each.dtype) for name, each in expected_tensors(shape).items()}
    if {name: (each.shape, each.dtype) for name, each in tensors.items()} != wanted:
        raise DamageError(path, "holds other weights than a model of this config.json has")
    if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
        raise DamageError(path, "holds weights that are not finite numbers")
    loaded = Autoencoder(shape)
    loaded.load_state_dict(tensors)
    loaded.eval()
    black_and_white = torch.tensor([0.0, 1.0]).reshape(-1, 1, 1, 1).expand(-1, *IMAGE_SHAPE)
    with torch.inference_mode():
        codes = loaded.encode(black_and_white, refined=False)
        if not bool(torch.isfinite(codes).all() and torch.isfinite(loaded.decode(codes)).all()):
            raise DamageError(path, "holds weights whose answers are not finite numbers")
    return loaded
