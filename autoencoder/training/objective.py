"""What a training step computes: the corruption of the images, and the network with its losses."""

import torch
from torch import Tensor, nn

from autoencoder.model.network import Autoencoder
from autoencoder.noise import CORRUPTIONS
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.losses import fill_loss, reconstruction_loss
from autoencoder.training.phases import Phase
from autoencoder.training.recipes import Recipe


def corrupted(x: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """A recipe's corruption of images ``(B, 1, 28, 28)``, each at a level of its own."""
    if recipe.noise_high == 0:
        return x
    spread = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device)
    level = recipe.noise_low + (recipe.noise_high - recipe.noise_low) * spread
    # Not by corrupt(): it looks at the levels, and looking waits for a GPU.
    return CORRUPTIONS[recipe.noise_kind](x, level, generator)


class Objective(nn.Module):
    """The network with its losses, as one module: what gradients are averaged over.

    Args:
        model: the network.
        phase: what is trained, and how the losses are weighed.
        arithmetic: how the network is computed.
    """

    def __init__(self, model: Autoencoder, phase: Phase, arithmetic: Arithmetic) -> None:
        super().__init__()
        self.model, self.phase, self.arithmetic = model, phase, arithmetic

    def forward(self, given: Tensor, clean: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """``(total loss, reconstruction loss)`` of a batch ``(B, 1, 28, 28)``, both scalars.

        ``given`` are codes ``(B, latent_dim)`` in the decoder's phase, else noisy images.
        """
        recipe, is_joint = self.phase.recipe, self.phase.name == "joint"
        with self.arithmetic.autocast(clean.device):
            reconstruction, z = (self.model.decode(given), given) if self.phase.name == "decoder" else self.model(given)
        loss = error = reconstruction_loss(reconstruction.float(), clean, recipe.l1_weight)
        if is_joint and recipe.fill_weight:
            loss = loss + recipe.fill_weight * fill_loss(z.float(), generator)
        return loss, error
