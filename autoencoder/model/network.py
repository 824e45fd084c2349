"""The autoencoder: encoder, bottleneck and decoder, with the search and refinement of its codes."""

from pathlib import Path
from typing import Any, Final, Self

import safetensors.torch
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from autoencoder import files
from autoencoder.model import pca
from autoencoder.model.code_prior import CodePrior
from autoencoder.model.config import IMAGE_SHAPE, PIXELS, ModelConfig
from autoencoder.model.layers import DECODERS, ENCODERS, built
from autoencoder.model.refinement import estimate_level, refine
from autoencoder.model.search import SearchGrid
from autoencoder.model.unet import SmallUNet

_SMALL_START: Final = 0.1
_LEAST_VARIANCE: Final = 1e-6
_SPREAD: Final = 2.0
"""Half the width of the plane before training has shown where codes lie: they have unit variance."""


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

    Raises:
        ValueError: if no encoder or decoder of the configuration's name is registered.
    """

    code_box: Tensor
    """``(2, 2)`` least and greatest coordinates of the plane, of models that search their codes."""

    def __init__(self, config: ModelConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or ModelConfig()
        self._hub_mixin_config = config  # what save_pretrained writes, also when the default was taken
        self.encoder = built(ENCODERS, config.encoder, config)
        self.code_norm = nn.BatchNorm1d(config.latent_dim, affine=False) if config.normalize_code else None
        self.decoder = built(DECODERS, config.decoder, config)
        self.front = SmallUNet(config.front_channels, config.unet_depth) if config.front_channels else None
        self.back = SmallUNet(config.back_channels, config.unet_depth) if config.back_channels else None
        self.linear_encoder = nn.Linear(PIXELS, config.latent_dim) if config.linear_path else None
        self.linear_decoder = nn.Linear(config.latent_dim, PIXELS) if config.linear_path else None
        self.prior = CodePrior(config.latent_dim) if config.code_prior else None
        self.search_grid: SearchGrid | None = None
        if config.search_cells:
            self.register_buffer("code_box", torch.tensor([[-_SPREAD, -_SPREAD], [_SPREAD, _SPREAD]]))

    def _save_pretrained(self, save_directory: Path) -> None:
        # The U-Nets' weights have their channels last, which the file format does not know.
        tensors = {name: tensor.contiguous() for name, tensor in self.state_dict().items()}
        content = safetensors.torch.save(tensors, metadata={"format": "pt"})
        files.write_bytes(save_directory / "model.safetensors", content)

    @classmethod
    def _from_pretrained(cls, *, strict: bool = True, **options: Any) -> Self:
        # The mixin's own default would leave what a file lacks as it was drawn at random.
        model: Self = super()._from_pretrained(strict=strict, **options)
        return model

    def encode(self, x: Tensor, *, refined: bool = True) -> Tensor:
        """Latent codes ``(B, latent_dim)`` of images ``(B, 1, 28, 28)`` in [0, 1].

        Args:
            x: the images.
            refined: whether, in eval mode, the configured search of the plane and the
                :func:`~autoencoder.model.refinement.refine` steps follow the encoder network. Refined codes carry no
                gradient.

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
        return self._refined(z, x) if refined and self.config.refine_steps and not self.training else z

    @torch.no_grad()
    def _refined(self, z: Tensor, x: Tensor) -> Tensor:
        steps, noisy = self.config.refine_steps, self.config.refine_noisy
        if self.prior is not None:
            return self.prior.refine(self.decode, z, x, steps)
        self.prepare()
        if self.search_grid is not None:
            level = estimate_level(self.decode(z).flatten(1), x.flatten(1)) if noisy else None
            z = self.search_grid.best(x, level)
        return refine(self.decode, z, x, steps, allow_for_noise=noisy)

    def prepare(self) -> None:
        """Decode the plane that codes are searched in, where the model does that: else the first code waits for it.

        It takes about a second, and again after a training or when other weights are loaded. In training mode it does
        nothing: the plane would change BatchNorm's statistics.
        """
        if self.config.search_cells and self.search_grid is None and not self.training:
            noisy, cells = self.config.refine_noisy, self.config.search_cells
            with torch.inference_mode(False):
                self.search_grid = SearchGrid(self.decode, self.code_box, allow_for_noise=noisy, cells=cells)

    def load_state_dict(self, *args: Any, **options: Any) -> Any:
        """As of any module; what was decoded of the plane with the weights before is forgotten."""
        self.search_grid = None
        return super().load_state_dict(*args, **options)

    def train(self, mode: bool = True) -> Self:
        """As of any module; in training mode what was decoded of the plane is forgotten."""
        if mode:
            self.search_grid = None
        return super().train(mode)

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
        found = pca.fit(images.flatten(1), self.config.latent_dim)
        spread = found.variances.clamp_min(_LEAST_VARIANCE).sqrt()
        self.linear_encoder.weight.copy_((found.basis / spread).T)
        self.linear_encoder.bias.copy_(-(found.mean @ found.basis) / spread)
        self.linear_decoder.weight.copy_(found.basis * spread)
        self.linear_decoder.bias.copy_(found.mean)
        assert isinstance(self.encoder, nn.Sequential)
        assert isinstance(self.decoder, nn.Sequential)
        for last in (self.encoder[-1], self.decoder[-2]):
            assert isinstance(last, nn.Linear)
            last.weight.mul_(_SMALL_START)
            last.bias.zero_()

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """``(reconstruction, z)`` of images ``(B, 1, 28, 28)`` in [0, 1]; raises as :meth:`encode`."""
        z = self.encode(x)
        return self.decode(z), z
