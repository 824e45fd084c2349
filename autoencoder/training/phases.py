"""The phases of a training: which part of the network each fits, and for how long.

The first trains encoder and decoder together. With two numbers in the code the decoder is then fitted by alternating
minimisation, as self-organising maps (Kohonen, 1982) and principal surfaces (Hastie & Stuetzle, 1989) are: every
training image is assigned the best code by a global search, and the decoder is fitted to the images at their codes.
A last phase fits the encoder through the finished decoder.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from autoencoder.model.network import Autoencoder
from autoencoder.training.recipes import Recipe

PhaseName = Literal["joint", "decoder", "encoder"]

_TRAINED: Final = {
    "decoder": ("decoder", "linear_decoder", "back"),
    # Without the codes' normalisation: they keep the scale that the decoder knows.
    "encoder": ("front", "encoder", "linear_encoder"),
}
_ENCODER_RATE: Final = 0.4
"""Of the last phase, as a share of the first one's: it starts from what is trained already."""


@dataclass(frozen=True)
class Phase:
    """A number of epochs that train the same part of the network, with a learning-rate schedule of their own."""

    name: PhaseName
    recipe: Recipe
    """With the phase's own number of epochs and peak learning rates."""

    def select(self, model: Autoencoder) -> None:
        """Leave the gradient, and training mode, to the modules that are trained."""
        model.train()
        for name, part in model.named_children():
            is_trained = self.name == "joint" or name in _TRAINED[self.name]
            part.train(is_trained).requires_grad_(is_trained)


def phases(recipe: Recipe) -> tuple[Phase, ...]:
    """The phases of a recipe's training, in their order."""
    lengths: dict[PhaseName, tuple[int, float]] = {
        "joint": (recipe.epochs, 1.0),
        "decoder": (recipe.decoder_epochs, recipe.decoder_rate),
        "encoder": (recipe.encoder_epochs, _ENCODER_RATE),
    }
    return tuple(Phase(name, _with(recipe, epochs, rate)) for name, (epochs, rate) in lengths.items() if epochs)


def _with(recipe: Recipe, epochs: int, rate: float) -> Recipe:
    return replace(
        recipe,
        epochs=epochs,
        learning_rate=recipe.learning_rate * rate,
        muon_learning_rate=recipe.muon_learning_rate * rate,
    )
