"""A small residual U-Net, image in, image out."""

import torch
from torch import Tensor, nn


class SmallUNet(nn.Module):
    """Adds a convolutional correction to an image (after Ronneberger et al., MICCAI 2015).

    Two scales, 14 x 14 and 7 x 7, entered by folding 2 x 2 pixels into channels (FFDNet; Zhang et al.,
    IEEE TIP 2018): at a fraction of the cost of convolutions at full size. It starts as the identity.

    Args:
        channels: at 14 x 14; twice as many at 7 x 7.
        depth: 3 x 3 convolutions at 7 x 7.
    """

    def __init__(self, channels: int, depth: int) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.PixelUnshuffle(2), *_convolution(4, channels))
        self.coarse = nn.Sequential(
            nn.PixelUnshuffle(2),
            *_convolution(4 * channels, 2 * channels, 1),
            *(layer for _ in range(depth) for layer in _convolution(2 * channels, 2 * channels)),
            nn.Conv2d(2 * channels, 4 * channels, 1),
            nn.PixelShuffle(2),
        )
        last = nn.Conv2d(channels, 4, 3, padding=1)
        for parameter in last.parameters():
            nn.init.zeros_(parameter)
        self.merge = nn.Sequential(*_convolution(channels, channels), last, nn.PixelShuffle(2))
        # Convolutions of this size take a quarter less time on CPUs in this layout.
        self.to(memory_format=torch.channels_last)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, 1, 28, 28)`` -> ``(B, 1, 28, 28)``, not confined to [0, 1]."""
        if x.numel() == 0:  # convolutions take no empty batch
            return x
        fine = self.fine(x)
        corrected: Tensor = x + self.merge(fine + self.coarse(fine))
        return corrected


def _convolution(channels_in: int, channels_out: int, size: int = 3) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    ]
