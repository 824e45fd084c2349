"""The autoencoder and its presets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import safetensors.torch
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from autoencoder import files
from autoencoder.model.refinement import refine
from autoencoder.model.unet import SmallUNet

IMAGE_SHAPE: Final = (1, 28, 28)
PIXELS: Final = math.prod(IMAGE_SHAPE)

_SMALL_START: Final = 0.1
_LEAST_VARIANCE: Final = 1e-6
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
}
"""Of a configuration's numbers: a model's file may come from anyone, and must not ask for all memory or time."""
_MOST_LAYERS: Final = 64
_MOST_WEIGHTS: Final = 2**27
"""Of the dense layers together: 512 MB."""
_MOST_PRODUCTS: Final = 2**32
"""Of the refinement of one code: some seconds for the slider's 61 images."""


@dataclass(frozen=True)
class ModelConfig:
    """Shape of an autoencoder; with the weights it is all that is needed to rebuild one."""

    latent_dim: int = 2
    """Numbers in the latent code (the width of the bottleneck)."""
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "encoder_widths", tuple(self.encoder_widths))
        object.__setattr__(self, "decoder_widths", tuple(self.decoder_widths))
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not all(low <= each <= high for each in (value if isinstance(value, tuple) else (value,))):
                raise ValueError(f"--{name.replace('_', '-')} must lie between {low:g} and {high:g}.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"--dropout must lie in [0, 1), got {self.dropout}.")
        if max(len(self.encoder_widths), len(self.decoder_widths)) > _MOST_LAYERS:
            raise ValueError(f"--encoder-widths and --decoder-widths may name {_MOST_LAYERS} layers each.")
        encoder = (PIXELS, *self.encoder_widths, self.latent_dim)
        decoder = (
            self.latent_dim,
            *((self.sine_features,) if self.sine_features else ()),
            *self.decoder_widths,
            PIXELS,
        )
        weights = sum(a * b for widths in (encoder, decoder) for a, b in pairwise(widths))
        if weights > _MOST_WEIGHTS or weights * self.refine_steps * self.latent_dim > _MOST_PRODUCTS:
            raise ValueError("--encoder-widths, --decoder-widths or --refine-steps ask for too much memory or time.")
        if self.refine_steps and not self.normalize_code:
            raise ValueError("--refine-steps needs --normalize-code: its steps are in units of the codes' spread.")


NOTEBOOK: Final = ModelConfig(
    encoder_widths=(512, 256, 128, 64, 32, 16, 8, 4),
    decoder_widths=(4, 8, 16, 32, 64, 128, 256, 512),
    dropout=0.1,
    sine_features=0,
    normalize_code=False,
)


class SineFeatures(nn.Module):
    """Learned sine waves of a code, ``sin(W z + b)``, so that the decoder can fold its sheet finely.

    Fourier features (Tancik et al., NeurIPS 2020) with frequencies that train.
    """

    def __init__(self, latent_dim: int, features: int, scale: float) -> None:
        super().__init__()
        self.linear = nn.Linear(latent_dim, features)
        nn.init.normal_(self.linear.weight, std=scale)
        nn.init.uniform_(self.linear.bias, -math.pi, math.pi)

    def forward(self, z: Tensor) -> Tensor:
        """``(B, latent_dim)`` -> ``(B, features)`` in [-1, 1]."""
        return torch.sin(self.linear(z))


class Autoencoder(
    nn.Module,
    PyTorchModelHubMixin,
    library_name="autoencoder",
    license="mit",
    tags=["autoencoder", "denoising", "fashion-mnist"],
):
    """Encoder, bottleneck and decoder (Hinton & Salakhutdinov, Science 2006).

    ``Autoencoder.from_pretrained("weights/denoising")`` loads a trained one from a folder or from
    a Hugging Face Hub id; ``save_pretrained`` writes it.

    Args:
        config: its shape.
    """

    def __init__(self, config: ModelConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ModelConfig()
        self._hub_mixin_config = config  # what save_pretrained writes, also when the default was taken
        self.encoder = _encoder(config)
        self.code_norm = nn.BatchNorm1d(config.latent_dim, affine=False) if config.normalize_code else None
        self.decoder = _decoder(config)
        self.front = SmallUNet(config.front_channels, config.unet_depth) if config.front_channels else None
        self.back = SmallUNet(config.back_channels, config.unet_depth) if config.back_channels else None
        self.linear_encoder = nn.Linear(PIXELS, config.latent_dim) if config.linear_path else None
        self.linear_decoder = nn.Linear(config.latent_dim, PIXELS) if config.linear_path else None

    def _save_pretrained(self, save_directory: Path) -> None:
        # The U-Nets' weights have their channels last, which the file format does not know.
        tensors = {name: tensor.contiguous() for name, tensor in self.state_dict().items()}
        content = safetensors.torch.save(tensors, metadata={"format": "pt"})
        files.write_bytes(save_directory / "model.safetensors", content)

    def encode(self, x: Tensor, *, refined: bool = True) -> Tensor:
        """Latent codes ``(B, latent_dim)`` of images ``(B, 1, 28, 28)`` in [0, 1].

        Args:
            x: the images.
            refined: whether, in eval mode, the configured :func:`~autoencoder.refinement.refine` steps follow
                the encoder network. Refined codes carry no gradient.

        Raises:
            ValueError: if ``x`` does not have that shape.
        """
        if x.ndim != 4 or x.shape[1:] != IMAGE_SHAPE:
            raise ValueError(f"Expected images of shape (B, 1, 28, 28), got {tuple(x.shape)}.")
        cleaned = x if self.front is None else self.front(x)
        z: Tensor = self.encoder(cleaned)
        if self.linear_encoder is not None:
            z = z + self.linear_encoder(cleaned.flatten(1))
        if self.code_norm is not None:
            z = self.code_norm(z)
        if refined and self.config.refine_steps and not self.training:
            steps, noisy = self.config.refine_steps, self.config.refine_noisy
            z = refine(self.decode, z, x, steps, allow_for_noise=noisy)
        return z

    def decode(self, z: Tensor) -> Tensor:
        """Images ``(B, 1, 28, 28)`` in [0, 1] of latent codes ``(B, latent_dim)``.

        Raises:
            ValueError: if ``z`` does not have that shape.
        """
        if z.ndim != 2 or z.shape[1] != self.config.latent_dim:
            raise ValueError(f"Expected codes of shape (B, {self.config.latent_dim}), got {tuple(z.shape)}.")
        x: Tensor = self.decoder(z)
        if self.linear_decoder is not None:
            x = x + self.linear_decoder(z).unflatten(1, IMAGE_SHAPE)
        if self.back is not None:
            x = self.back(x)
        # While training, a pixel beyond the range must still feel the loss.
        return x if self.training else x.clamp(0, 1)

    @torch.no_grad()
    def start_from(self, images: Tensor) -> None:
        """Set the linear path, if there is one, to the principal components of ``(N, 1, 28, 28)`` images.

        The codes start whitened; the deep layers start small, so that training begins near PCA.
        """
        if self.linear_encoder is None or self.linear_decoder is None:
            return
        points = images.flatten(1)
        mean = points.mean(0)
        variances, directions = torch.linalg.eigh((points - mean).T @ (points - mean) / len(points))
        spread = variances[-self.config.latent_dim :].clamp_min(_LEAST_VARIANCE).sqrt()
        basis = directions[:, -self.config.latent_dim :]  # (784, latent_dim)
        self.linear_encoder.weight.copy_((basis / spread).T)
        self.linear_encoder.bias.copy_(-(mean @ basis) / spread)
        self.linear_decoder.weight.copy_(basis * spread)
        self.linear_decoder.bias.copy_(mean)
        for last in (self.encoder[-1], self.decoder[-2]):
            assert isinstance(last, nn.Linear)
            last.weight.mul_(_SMALL_START)
            last.bias.zero_()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``(reconstruction, z)`` of images ``(B, 1, 28, 28)`` in [0, 1]; raises as :meth:`encode`."""
        z = self.encode(x)
        return self.decode(z), z


def _hidden(widths: Sequence[int], dropout: float = 0.0) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for i, (fan_in, fan_out) in enumerate(pairwise(widths)):
        layers += [nn.Linear(fan_in, fan_out), nn.BatchNorm1d(fan_out), nn.ReLU()]
        if i == 0 and dropout:
            layers.append(nn.Dropout(dropout))
    return layers


def _encoder(config: ModelConfig) -> nn.Sequential:
    widths = (PIXELS, *config.encoder_widths)
    return nn.Sequential(nn.Flatten(), *_hidden(widths, config.dropout), nn.Linear(widths[-1], config.latent_dim))


def _decoder(config: ModelConfig) -> nn.Sequential:
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
