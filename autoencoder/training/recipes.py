"""How each model is trained: recipes as validated data."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from autoencoder.model.config import NOTEBOOK, ModelConfig
from autoencoder.noise import KINDS


@dataclass(frozen=True)
class Recipe:
    """One model's architecture, corruption, loss, optimizer and schedule."""

    model: ModelConfig
    """Architecture."""
    epochs: int
    """Passes over the training images that train encoder and decoder together."""
    decoder_epochs: int = 0
    """Passes after those that fit the decoder alone, each image at its best code by global search; 0 leaves it."""
    decoder_rate: float = 1.0
    """Peak learning rates of those passes, as a share of the first ones'."""
    code_jitter: float = 0.03
    """Standard deviation of the Gaussian noise on the codes in those passes, in units of the codes' spread."""
    encoder_epochs: int = 0
    """Last passes, which fit the encoder alone through the finished decoder."""
    batch_size: int = 512
    """Images a step."""
    optimizer: Literal["adamw", "muon"] = "muon"
    """AdamW for all parameters, or Muon for the large matrices and AdamW for the rest."""
    learning_rate: float = 0.01
    """Peak learning rate of AdamW."""
    muon_learning_rate: float = 0.03
    """Peak learning rate of Muon, on AdamW's scale (its updates are matched to AdamW's size)."""
    muon_steps: int = 4
    """Newton-Schulz iterations of Muon."""
    weight_decay: float = 0.01
    """Decoupled weight decay of matrices, per unit of learning rate."""
    schedule: Literal["onecycle", "plateau"] = "onecycle"
    """Warm up and anneal over the whole run, or halve when the training loss stops falling."""
    noise_kind: str = "gaussian"
    """Kind of the noise on the input, one of :data:`autoencoder.noise.KINDS`."""
    noise_low: float = 0.0
    """Least level of the noise, in grey levels (1 is black to white) or as a share of the pixels."""
    noise_high: float = 0.0
    """Greatest level; each image draws its own uniformly. 0 trains on clean input."""
    l1_weight: float = 0.0
    """Share of the absolute error in the loss, in [0, 1]; the rest is squared error."""
    clip_norm: float = 0.0
    """Gradients longer than this are shortened to it; 0 leaves them alone."""
    validation_size: int = 5_000
    """Training images held out to choose the epoch; 0 trains on all."""
    fill_weight: float = 0.0
    """Weight of the term that spreads the codes evenly over a square."""
    keep: Literal["validation", "training"] = "validation"
    """Keep the epoch with the lowest validation MSE, or with the lowest training loss."""

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, f"epochs must be at least 1, got {self.epochs}.")
        for name in ("decoder_epochs", "encoder_epochs", "code_jitter"):
            _require(getattr(self, name) >= 0, f"{name} must not be negative.")
        _require(
            self.decoder_epochs == 0 or self.model.search_cells > 0,
            "decoder_epochs needs codes that are searched: Gaussian noise or none, and latent_dim 2.",
        )
        _require(self.batch_size >= 2, f"batch_size must be at least 2, got {self.batch_size}.")
        for name in ("learning_rate", "muon_learning_rate", "decoder_rate"):
            _require(getattr(self, name) > 0, f"{name} must be positive, got {getattr(self, name)}.")
        _require(self.noise_kind in KINDS, f"noise_kind must be one of {', '.join(KINDS)}, got {self.noise_kind!r}.")
        _require(
            0 <= self.noise_low <= self.noise_high <= 1,
            f"noise_low and noise_high must satisfy 0 <= low <= high <= 1, got {self.noise_low} and {self.noise_high}.",
        )
        _require(0 <= self.l1_weight <= 1, f"l1_weight must lie in [0, 1], got {self.l1_weight}.")
        for name in ("weight_decay", "clip_norm", "fill_weight"):
            _require(getattr(self, name) >= 0, f"{name} must not be negative.")
        _require(self.muon_steps >= 1, f"muon_steps must be at least 1, got {self.muon_steps}.")
        _require(
            self.validation_size >= 2 or self.keep == "training",
            f"validation_size must be at least 2 to choose an epoch, got {self.validation_size}.",
        )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


_NOTEBOOK_BASIC: Final = Recipe(
    model=NOTEBOOK,
    epochs=100,
    batch_size=128,
    optimizer="adamw",
    learning_rate=1e-3,
    weight_decay=1e-5,
    schedule="plateau",
    l1_weight=0.3,
    clip_norm=1.0,
    validation_size=0,
    keep="training",
)


def at_noise(recipe: Recipe, low: float, high: float) -> Recipe:
    """A recipe for noise of these levels, whose codes are refined as the images come, noisy or clean."""
    model = replace(recipe.model, refine_noisy=recipe.model.refine_steps > 0 and high > 0)
    return replace(recipe, model=model, noise_low=low, noise_high=high)


_TWO_NUMBERS: Final = Recipe(
    model=ModelConfig(refine_steps=4, search_cells=64),
    epochs=45,
    decoder_epochs=25,
    decoder_rate=0.6,
    encoder_epochs=4,
    fill_weight=0.05,
)
_WIDE: Final = Recipe(
    model=ModelConfig(
        latent_dim=64,
        encoder_widths=(640, 320),
        decoder_widths=(320, 640),
        sine_features=0,
        normalize_code=False,
        linear_path=True,
        front_channels=16,
        back_channels=16,
        refine_steps=2,
        code_prior=True,
    ),
    epochs=50,
    batch_size=128,
    optimizer="adamw",
    learning_rate=2e-3,
)

PRESETS: Final[dict[str, dict[str, Recipe]]] = {
    "default": {
        "basic": _TWO_NUMBERS,
        "denoising": at_noise(_TWO_NUMBERS, 0.0, 0.6),
        "denoising-64": at_noise(_WIDE, 0.0, 0.6),
    },
    "fast": {
        "denoising": at_noise(replace(_TWO_NUMBERS, epochs=6, decoder_epochs=4, encoder_epochs=1), 0.0, 0.6),
    },
    "notebook": {
        "basic": _NOTEBOOK_BASIC,
        "denoising": at_noise(_NOTEBOOK_BASIC, 0.25, 0.25),
    },
}
"""Recipes by preset and model name: ours, a quick one, and the reference experiment's."""
