"""Random numbers from a counter: the same for one seed in Python and in the page's JavaScript, on every machine.

Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): each pair of words
is a function of the key and of its own position, so nothing is carried from one to the next.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY: Final = np.uint32(0x1BD11BDA)
_UNIT: Final = 2.0**-24
"""Words are cut to 24 bits, which float32 holds exactly."""

Words = NDArray[np.uint32]


def threefry2x32(key: tuple[int, int], first: Words, second: Words) -> tuple[Words, Words]:
    """The two words of each counter ``(first, second)``, arrays of one shape, under a key of two words."""
    a, b = (np.uint32(word) for word in key)
    schedule = (a, b, a ^ b ^ _PARITY)
    x, y = first + a, second + b
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            x = x + y
            y = ((y << np.uint32(rotation)) | (y >> np.uint32(32 - rotation))) ^ x
        x = x + schedule[(group + 1) % 3]
        y = y + schedule[(group + 2) % 3] + np.uint32(group + 1)
    return x, y


class Threefry:
    """Draws uniform and normal numbers. Two of one seed draw the same; each draw is independent of those before it.

    Args:
        seed: in [0, 2^32).
    """

    def __init__(self, seed: int) -> None:
        self._seed, self._draws = seed, 0

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """float32 numbers in [0, 1), multiples of 2^-24."""
        return _tensor(self._units(math.prod(shape)), shape)

    def normal(self, shape: Sequence[int]) -> Tensor:
        """float32 numbers from N(0, 1), in pairs by Box and Muller's method (1958)."""
        count = math.prod(shape)
        units = self._units(count + count % 2)
        radius = np.sqrt(-2 * np.log(units[::2] + _UNIT))  # of (0, 1]
        angle = 2 * math.pi * units[1::2]
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
        return _tensor(pairs.reshape(-1)[:count], shape)

    def _units(self, count: int) -> NDArray[np.float64]:
        positions = np.arange((count + 1) // 2, dtype=np.uint32)
        words = threefry2x32((self._seed, self._draws), positions, np.zeros_like(positions))
        self._draws += 1
        return (np.stack(words, 1).reshape(-1)[:count] >> np.uint32(8)).astype(np.float64) * _UNIT


def _tensor(numbers: NDArray[np.float64], shape: Sequence[int]) -> Tensor:
    return torch.from_numpy(numbers.astype(np.float32)).reshape(tuple(shape))
