"""A dataset in memory: images, labels, the classes' names."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

VALIDATION_SIZE: Final = 5_000
_LARGEST_SHARE: Final = 6
"""At most one image in so many is held out for validation."""


class DatasetError(RuntimeError):
    """The dataset cannot be found, read or verified; the message says what to do."""


@dataclass(frozen=True)
class Split:
    """Images with their class numbers."""

    images: Tensor
    """``(N, 1, 28, 28)`` float32 in [0, 1]."""
    labels: Tensor
    """``(N,)`` int64, class numbers: positions in :attr:`Dataset.classes`."""

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, index: Tensor | slice) -> "Split":
        """The items at ``index``, in that order."""
        return Split(self.images[index], self.labels[index])

    def to(self, device: torch.device) -> "Split":
        """The same items on ``device``."""
        if device.type == "cuda" and self.images.device.type == "cpu":
            # Pinned memory is copied without a detour.
            return Split(self.images.pin_memory().to(device), self.labels.to(device))
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Dataset:
    """A training and a test set in memory."""

    train: Split
    """The training items: 60,000 of Fashion-MNIST."""
    test: Split
    """The test items: 10,000 of Fashion-MNIST."""
    classes: tuple[str, ...]
    """Their names, in the order of the class numbers."""
    name: str
    """Of the set."""
    checksum: str
    """SHA-256 of the content, 64 hexadecimal digits."""
    notes: tuple[str, ...] = ()
    """What was left out or taken for granted while reading it, as sentences."""

    def described(self) -> dict[str, str | int]:
        """Name and sizes, for records of what was measured."""
        return {"name": self.name, "train": len(self.train), "test": len(self.test)}


def validation_split(train: Split, size: int | None = None) -> tuple[Split, Split]:
    """Hold ``size`` random items, always the same, out of the training set, for choosing between models.

    Args:
        train: the training items.
        size: number of items held out; 0 keeps all for training; 5,000, but at most one in six, when None.

    Returns:
        ``(fit, validation)``, disjoint, together all of ``train``.

    Raises:
        ValueError: if ``size`` is not in [0, len(train)).
    """
    size = validation_size(len(train)) if size is None else size
    if not 0 <= size < len(train):
        raise ValueError(f"Validation size must lie in [0, {len(train)}), got {size}.")
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
    order = order.to(train.images.device)
    cut = len(train) - size
    return train.subset(order[:cut]), train.subset(order[cut:])


def validation_size(count: int, wanted: int = VALIDATION_SIZE) -> int:
    """How many of ``count`` training images to hold out, where ``wanted`` is not too large a share."""
    return min(wanted, count // _LARGEST_SHARE)
