"""Encoders and decoders, by the names that a configuration calls them.

A network of one's own is a class and an entry::

    class MyEncoder(nn.Module):
        def __init__(self, config: ModelConfig) -> None: ...
        def forward(self, x: Tensor) -> Tensor: ...  # (B, 1, 28, 28) -> (B, config.latent_dim)

    ENCODERS["mine"] = MyEncoder
    model = Autoencoder(ModelConfig(encoder="mine"))

The entry must be made before a model of that kind is built, trained or loaded.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from autoencoder.model.config import DENSE, IMAGE_SHAPE, PIXELS, ModelConfig

Part = Callable[[ModelConfig], nn.Module]


def built(registry: dict[str, Part], name: str, config: ModelConfig) -> nn.Module:
    """The encoder or decoder that a registry has under a name.

    Raises:
        ValueError: if there is none; names those that there are.
    """
    if name not in registry:
        raise ValueError(
            f"There is no encoder or decoder {name!r}: choose one of {', '.join(registry)}, or register it."
        )
    return registry[name](config)


class SineFeatures(nn.Module):
    """Learned sine waves of a code, ``sin(W z + b)``, so that the decoder can fold its sheet finely.

    Fourier features (Tancik et al., NeurIPS 2020) with frequencies that train.
    """

    def __init__(self, latent_dim: int, features: int, scale: float) -> None:
        super().__init__()
        self.linear = nn.Linear(latent_dim, features)
        if not self.linear.weight.is_meta:  # where there is nothing to fill, this would load torch's compiler: 2 s
            nn.init.normal_(self.linear.weight, std=scale)
        nn.init.uniform_(self.linear.bias, -math.pi, math.pi)

    def forward(self, z: Tensor) -> Tensor:
        """``(B, latent_dim)`` -> ``(B, features)`` in [-1, 1]."""
        return torch.sin(self.linear(z))


def _hidden(widths: Sequence[int], dropout: float = 0.0) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(pairwise(widths)):
        layers += [nn.Linear(fan_in, fan_out), nn.BatchNorm1d(fan_out), nn.ReLU()]
        if i == 0 and dropout:
            layers.append(nn.Dropout(dropout))
    return layers


def dense_encoder(config: ModelConfig) -> nn.Sequential:
    """Linear, BatchNorm and ReLU layers down to the code; the last layer is linear alone."""
    widths = (PIXELS, *config.encoder_widths)
    return nn.Sequential(nn.Flatten(), *_hidden(widths, config.dropout), nn.Linear(widths[-1], config.latent_dim))


def dense_decoder(config: ModelConfig) -> nn.Sequential:
    """Sine features of the code, then layers as the encoder's up to the pixels, through a sigmoid.

    Beside a linear path there is no sigmoid: the two are added.
    """
    layers: list[nn.Module] = []
    first = config.latent_dim
    if config.sine_features:
        layers.append(SineFeatures(first, config.sine_features, config.sine_scale))
        first = config.sine_features
    widths = (first, *config.decoder_widths)
    layers += [*_hidden(widths), nn.Linear(widths[-1], PIXELS)]
    if not config.linear_path:
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers, nn.Unflatten(1, IMAGE_SHAPE))


ENCODERS: Final[dict[str, Part]] = {DENSE: dense_encoder}
"""Images ``(B, 1, 28, 28)`` in [0, 1] to codes ``(B, latent_dim)``."""
DECODERS: Final[dict[str, Part]] = {DENSE: dense_decoder}
"""Codes ``(B, latent_dim)`` to images ``(B, 1, 28, 28)``, which need not lie in [0, 1]."""
