"""Corruption processes C(x'|x), which training, evaluation and the app's slider share."""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from autoencoder.threefry import Threefry

Generator = torch.Generator | Threefry | None
Corruption = Callable[[Tensor, Tensor, Generator], Tensor]


def _gaussian(x: Tensor, level: Tensor, generator: Generator) -> Tensor:
    return (level * _normal_like(x, generator)).add_(x).clamp_(0, 1)


def _speckle(x: Tensor, level: Tensor, generator: Generator) -> Tensor:
    return (level * _normal_like(x, generator)).mul_(x).add_(x).clamp_(0, 1)


def _masking(x: Tensor, level: Tensor, generator: Generator) -> Tensor:
    return torch.where(_uniform_like(x, generator) < level, torch.zeros_like(x), x)


def _salt_pepper(x: Tensor, level: Tensor, generator: Generator) -> Tensor:
    # A draw of its own decides the colour, so a pixel never flips from black to white while the level grows under
    # the same seed.
    hit = _uniform_like(x, generator) < level
    salt = _uniform_like(x, generator) < 0.5
    return torch.where(hit, salt.to(x.dtype), x)


def _normal_like(x: Tensor, generator: Generator) -> Tensor:
    if isinstance(generator, Threefry):
        return generator.normal(x.shape).to(x)
    return torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)


def _uniform_like(x: Tensor, generator: Generator) -> Tensor:
    if isinstance(generator, Threefry):
        return generator.uniform(x.shape).to(x)
    return torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype)


CORRUPTIONS: Final[dict[str, Corruption]] = {
    "gaussian": _gaussian,
    "speckle": _speckle,
    "masking": _masking,
    "salt_pepper": _salt_pepper,
}
KINDS: Final = tuple(CORRUPTIONS)


def corrupt(
    x: Tensor,
    kind: str = "gaussian",
    level: float | Tensor = 0.25,
    generator: Generator = None,
) -> Tensor:
    """Draw a corrupted image x' from C(x'|x) (Goodfellow et al., Deep Learning, section 14.5).

    * ``gaussian``: ``clip(x + level * n, 0, 1)`` with n ~ N(0, 1), the reference experiment's noise.
    * ``speckle``: ``clip(x + level * n * x, 0, 1)``, multiplicative noise.
    * ``masking``: each pixel becomes 0 with probability ``level`` (Vincent et al., ICML 2008).
    * ``salt_pepper``: each pixel becomes 0 or 1, either equally likely, with probability ``level``.

    Args:
        x: images, ``(B, 1, 28, 28)`` float in [0, 1] (any shape works).
        kind: one of :data:`KINDS`.
        level: strength in [0, 1], a number or a tensor that broadcasts against ``x``
            (``(B, 1, 1, 1)`` gives each image its own; ``(L, 1, 1, 1)`` with one image gives the
            same noise at L strengths). 0 returns ``x`` unchanged.
        generator: source of randomness, on the device of ``x``; torch's global one when None. A
            :class:`~autoencoder.threefry.Threefry` draws what the page's script draws of the same seed.
            The random numbers drawn do not depend on ``level``, so two calls with equally seeded
            generators differ only in strength.

    Returns:
        The corrupted images: shape that ``x`` and ``level`` broadcast to, dtype and device of ``x``,
        values in [0, 1].

    Raises:
        ValueError: if ``kind`` is unknown or a level lies outside [0, 1].
    """
    if kind not in CORRUPTIONS:
        raise ValueError(f"Unknown noise kind {kind!r}: choose one of {', '.join(KINDS)}.")
    levels = torch.as_tensor(level, dtype=x.dtype, device=x.device)
    if not bool(((levels >= 0) & (levels <= 1)).all()):
        raise ValueError(f"Noise level must lie between 0 and 1, got {level}.")
    return CORRUPTIONS[kind](x, levels, generator)
