"""The shape of an autoencoder, as validated data."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

IMAGE_SHAPE: Final = (1, 28, 28)
PIXELS: Final = math.prod(IMAGE_SHAPE)

DENSE: Final = "dense"
_BOUNDS: Final = {
    "latent_dim": (1, PIXELS),
    "encoder_widths": (1, 8_192),
    "decoder_widths": (1, 8_192),
    "sine_features": (0, 8_192),
    "sine_scale": (1e-6, 1e6),
    "front_channels": (0, 128),
    "back_channels": (0, 128),
    "unet_depth": (0, 16),
    "refine_steps": (0, 32),
    "search_cells": (0, 128),
}
"""Of a configuration's numbers: a model's file may come from anyone, and must not ask for all memory or time."""
_MOST_LAYERS: Final = 64
_LEAST_CELLS: Final = 8
"""In a row of the decoded plane: fewer cells have fewer principal components than they are compared in."""
_MOST_WEIGHTS: Final = 2**27
"""Of the dense layers together: 512 MB."""
_MOST_PRODUCTS: Final = 2**32
"""Of the refinement of one code: some seconds for the slider's 61 images."""


@dataclass(frozen=True)
class ModelConfig:
    """Shape of an autoencoder; with the weights it is all that is needed to rebuild one."""

    latent_dim: int = 2
    """Numbers in the latent code (the width of the bottleneck)."""
    encoder: str = DENSE
    """Name of the encoder's class in :data:`autoencoder.model.layers.ENCODERS`."""
    decoder: str = DENSE
    """Name of the decoder's class in :data:`autoencoder.model.layers.DECODERS`."""
    encoder_widths: tuple[int, ...] = (256, 128, 64, 64, 64)
    """Units of each hidden encoder layer, from the image to the bottleneck."""
    decoder_widths: tuple[int, ...] = (64, 64, 64, 128, 256)
    """Units of each hidden decoder layer, from the bottleneck to the image."""
    dropout: float = 0.0
    """Probability of dropping a unit after the first encoder layer, in [0, 1)."""
    sine_features: int = 128
    """Learned sine waves of the code that the decoder starts from; 0 feeds it the bare code."""
    sine_scale: float = 4.0
    """Initial standard deviation of the sine waves' frequencies, radians per unit of code."""
    normalize_code: bool = True
    """Whether each code dimension is scaled to zero mean and unit variance over the training images."""
    linear_path: bool = False
    """Whether a linear encoder and decoder, started from PCA, run beside the deep ones and are added."""
    front_channels: int = 0
    """Channels of a small U-Net that cleans the image before the encoder; 0 leaves it out."""
    back_channels: int = 0
    """Channels of a small U-Net that corrects the decoder's image; 0 leaves it out."""
    unet_depth: int = 2
    """Convolutions of each U-Net at its coarse scale."""
    refine_steps: int = 0
    """Gauss-Newton steps by which a trained model improves the encoder network's code; 0 takes it as it is."""
    refine_noisy: bool = False
    """Whether those steps allow for Gaussian noise in the image, of a level that they estimate."""
    search_cells: int = 0
    """Cells a side of the decoded plane in which those steps' first code is sought; 0 begins at the encoder's."""
    code_prior: bool = False
    """Whether those steps are gradient steps, and the encoder's measured errors a prior that holds them: for codes of
    more than two numbers, and Gaussian noise."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoder_widths", tuple(self.encoder_widths))
        object.__setattr__(self, "decoder_widths", tuple(self.decoder_widths))
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not all(low <= each <= high for each in (value if isinstance(value, tuple) else (value,))):
                raise ValueError(f"{name} must lie between {low:g} and {high:g}.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1), got {self.dropout}.")
        if max(len(self.encoder_widths), len(self.decoder_widths)) > _MOST_LAYERS:
            raise ValueError(f"encoder_widths and decoder_widths may name {_MOST_LAYERS} layers each.")
        encoder = (PIXELS, *self.encoder_widths, self.latent_dim)
        decoder = (
            self.latent_dim,
            *((self.sine_features,) if self.sine_features else ()),
            *self.decoder_widths,
            PIXELS,
        )
        weights = sum(a * b for widths in (encoder, decoder) for a, b in pairwise(widths))
        if weights > _MOST_WEIGHTS or weights * self.refine_steps * self.latent_dim > _MOST_PRODUCTS:
            raise ValueError("encoder_widths, decoder_widths or refine_steps ask for too much memory or time.")
        if self.linear_path and (self.encoder, self.decoder) != (DENSE, DENSE):
            raise ValueError("linear_path needs the dense encoder and decoder: it starts their last layers small.")
        if self.refine_steps and not (self.normalize_code or self.code_prior):
            raise ValueError("refine_steps needs normalize_code: its steps are in units of the codes' spread.")
        if self.search_cells and not (self.refine_steps and self.latent_dim == 2):
            raise ValueError("search_cells needs refine_steps and codes of two numbers.")
        if 0 < self.search_cells < _LEAST_CELLS:
            raise ValueError(f"search_cells must be 0 or lie in [{_LEAST_CELLS}, 128], got {self.search_cells}.")
        if self.code_prior and (self.search_cells or not self.refine_steps):
            raise ValueError("code_prior needs refine_steps, and does not go with search_cells.")


NOTEBOOK: Final = ModelConfig(
    encoder_widths=(512, 256, 128, 64, 32, 16, 8, 4),
    decoder_widths=(4, 8, 16, 32, 64, 128, 256, 512),
    dropout=0.1,
    sine_features=0,
    normalize_code=False,
)
