"""What the ONNX files compute, in terms that an exporter can follow."""

from typing import Final

import torch
from torch import Tensor, nn

from autoencoder.model.network import Autoencoder

PARTS: Final = {
    "encoder": (("image",), ("code",)),
    "decoder": (("code",), ("image",)),
    "autoencoder": (("image",), ("reconstruction", "code")),
    "encoder_unrefined": (("image",), ("code",)),
}
"""Names of the inputs and outputs of each graph; the last is written for models whose other files refine codes."""


def refines(model: Autoencoder) -> bool:
    """Whether a model's files refine codes as it does itself: refinement by gradients, of wide codes, has no graph."""
    return model.config.refine_steps > 0 and not model.config.code_prior


class Part(nn.Module):
    """What one file computes.

    Args:
        model: in eval mode.
        name: one of :data:`PARTS`.
    """

    def __init__(self, model: Autoencoder, name: str) -> None:
        super().__init__()
        self.model, self.name = model, name

    def forward(self, value: Tensor) -> tuple[Tensor, ...]:
        """Images ``(B, 1, 28, 28)`` in [0, 1], or codes ``(B, latent_dim)``, to the part's outputs."""
        if self.name == "decoder":
            return (self.model.decode(value),)
        z = self.model.encode(value, refined=refines(self.model) and self.name != "encoder_unrefined")
        return (self.model.decode(z), z) if self.name == "autoencoder" else (z,)


class InDouble(nn.Module):
    """A part computed in double precision, with single precision in, out and in the stored weights.

    Refinement needs it: its finite differences and its choice of the best code multiply rounding, so that in
    single precision some codes move by 0.0001 when only the order of a sum changes. Without refinement
    the codes of such a model still move by 0.00001.
    """

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    def forward(self, value: Tensor) -> tuple[Tensor, ...]:
        """As :meth:`Part.forward`."""
        weights = {
            name: each.double() if each.is_floating_point() else each
            for name, each in (*self.part.named_parameters(), *self.part.named_buffers())
        }
        outputs = torch.func.functional_call(self.part, weights, (value.double(),))
        return tuple(output.float() for output in outputs)


def graph(model: Autoencoder, name: str) -> nn.Module:
    """The computation of one of :data:`PARTS`, for torch as for its file."""
    model.prepare()
    part = Part(model, name)
    return (InDouble(part) if refines(model) and name != "decoder" else part).eval()


def parts(model: Autoencoder) -> tuple[str, ...]:
    """Which of :data:`PARTS` a model has."""
    return tuple(name for name in PARTS if refines(model) or name != "encoder_unrefined")


def solve(matrix: Tensor, right: Tensor, *, left: bool = True) -> Tensor:
    """Solution x of ``matrix @ x = right`` by elimination, unrolled: ONNX has no operator for it.

    Args:
        matrix: ``(..., D, D)``, symmetric and positive definite, so that no rows need be swapped.
        right: ``(..., D, K)``.
        left: only so that it can stand in for ``torch.linalg.solve``; must be true.

    Returns:
        ``(..., D, K)``.

    Raises:
        ValueError: if ``left`` is false.
    """
    if not left:
        raise ValueError("Only matrix @ x = right can be solved, not x @ matrix = right.")
    size = matrix.shape[-1]
    rows = [torch.cat([matrix[..., i, :], right[..., i, :]], -1) for i in range(size)]  # (..., D + K)
    for pivot in range(size):
        for i in range(size):
            if i != pivot:
                rows[i] = rows[i] - rows[pivot] * (rows[i] / rows[pivot][..., pivot, None])[..., pivot, None]
    return torch.stack([row[..., size:] / row[..., i, None] for i, row in enumerate(rows)], -2)
