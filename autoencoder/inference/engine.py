"""The inference engine: denoises, encodes and decodes by the loaded models; it knows no Gradio and no dataset."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autoencoder import metrics
from autoencoder.inference.denoising import Denoised, Noised, reconstruct, to_numpy
from autoencoder.noise import KINDS, corrupt
from autoencoder.threefry import Threefry
from autoencoder.weights.checkpoint import Checkpoint

MAX_LEVEL: Final = 0.6
LEVELS: Final = tuple(round(0.01 * i, 2) for i in range(61))
"""The slider's positions, 0 to 0.6."""
MAX_SEED: Final = 2**31 - 1
MAX_COORDINATE: Final = 1e3
NEIGHBOURS: Final = 6
_SHOWN: Final = 40
"""Letters of an unknown name that a refusal repeats."""


class InputError(ValueError):
    """A request cannot be answered; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Question:
    """What to denoise, and how; see :meth:`Engine.denoise`."""

    image: Tensor
    model: str = "denoising"
    kind: str = "gaussian"
    levels: tuple[float, ...] = LEVELS
    seed: int = 0


@dataclass(frozen=True)
class Decoded:
    """What lies at a place of the plane."""

    image: NDArray[np.float32]
    """``(28, 28)`` in [0, 1]."""
    neighbours: tuple["Neighbour", ...]
    """The nearest test items, nearest first."""


@dataclass(frozen=True)
class Neighbour:
    """A test item near a place of the plane."""

    index: int
    """Position in the test set, and in the shared samples."""
    label: int
    """Class number."""
    x: float
    y: float
    distance: float
    """Euclidean, in units of the plane."""


class Engine:
    """The loaded models, ready to answer. Safe to share between threads: it never changes.

    Args:
        checkpoints: by name, all on one device.

    Raises:
        ValueError: if there is none.
    """

    def __init__(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        if not checkpoints:
            raise ValueError("No model to serve.")
        self.checkpoints = dict(checkpoints)
        self.device = next(next(iter(self.checkpoints.values())).model.parameters()).device
        for each in self.checkpoints.values():
            each.model.prepare()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self.checkpoints)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the dataset's classes, in the order of the class numbers."""
        return next(iter(self.checkpoints.values())).classes

    def checkpoint(self, name: str) -> Checkpoint:
        """The model called ``name``.

        Raises:
            InputError: if there is none of that name.
        """
        if name not in self.checkpoints:
            raise InputError(f"There is no model {name[:_SHOWN]!r}. Choose one of: {', '.join(self.names)}.")
        return self.checkpoints[name]

    def denoise(
        self,
        image: Tensor,
        model: str = "denoising",
        kind: str = "gaussian",
        levels: tuple[float, ...] = LEVELS,
        seed: int = 0,
    ) -> Denoised:
        """Corrupt one image at each level under one seed and reconstruct all in one forward pass.

        Args:
            image: ``(1, 1, 28, 28)`` in [0, 1].
            model: name of the model.
            kind: corruption process.
            levels: strengths, each in [0, 0.6].
            seed: of the noise; the same seed gives the same noise at every level.

        Raises:
            InputError: if an argument is unknown or out of range.
        """
        [answer] = self.denoise_many([Question(image, model, kind, levels, seed)])
        if isinstance(answer, InputError):
            raise answer
        return answer

    @torch.inference_mode()
    def denoise_many(self, questions: Sequence[Question]) -> list[Denoised | InputError]:
        """The same for many images, with one forward pass for all that ask the same model.

        Returns:
            An answer to each question in their order; an error where :meth:`denoise` raises it.
        """
        answers: dict[int, Denoised | InputError] = {}
        groups: dict[str, dict[int, Noised]] = {}
        for i, question in enumerate(questions):
            try:
                self.checkpoint(question.model)
                groups.setdefault(question.model, {})[i] = self._noised(question)
            except InputError as error:
                answers[i] = error
        for model, group in groups.items():
            answers.update(zip(group, reconstruct(self.checkpoint(model), list(group.values())), strict=True))
        return [answers[i] for i in range(len(questions))]

    def _noised(self, question: Question) -> Noised:
        clean = _checked_image(question.image).to(self.device)
        seed, kind = _checked_seed(question.seed), question.kind
        if kind not in KINDS:
            raise InputError(f"There is no noise {kind[:_SHOWN]!r}. Choose one of: {', '.join(KINDS)}.")
        for level in question.levels:
            _checked_number(level, "noise level", 0, MAX_LEVEL)
        levels = clean.new_tensor(question.levels).reshape(-1, 1, 1, 1)
        noisy = corrupt(clean, kind, levels, Threefry(seed))  # (L, 1, 28, 28): the same noise at each level
        return Noised(tuple(question.levels), clean, noisy)

    @torch.inference_mode()
    def decode(self, places: Tensor, model: str = "denoising") -> NDArray[np.float32]:
        """Decode places ``(B, 2)`` of the plane into images ``(B, 28, 28)`` in [0, 1].

        Raises:
            InputError: if the model is unknown or a coordinate is not finite or beyond 1000.
        """
        checkpoint = self.checkpoint(model)
        for value in places.flatten().tolist():
            _checked_number(value, "coordinate", -MAX_COORDINATE, MAX_COORDINATE)
        z = checkpoint.latent_map.unproject(places.to(self.device, torch.float32))
        return to_numpy(checkpoint.model.decode(z).clamp(0, 1))

    def look_up(self, x: float, y: float, model: str = "denoising") -> Decoded:
        """Decode one place and find the test items nearest to it; raises as :meth:`decode`."""
        x, y = (_checked_number(value, "coordinate", -MAX_COORDINATE, MAX_COORDINATE) for value in (x, y))
        image = self.decode(torch.tensor([[x, y]], dtype=torch.float64), model)[0]
        plane = self.checkpoint(model).latent_map
        rows = plane.neighbours(x, y, NEIGHBOURS)
        return Decoded(
            image,
            tuple(
                Neighbour(
                    index=int(plane.index[row]),
                    label=int(plane.labels[row]),
                    x=float(plane.codes[row, 0]),
                    y=float(plane.codes[row, 1]),
                    distance=math.dist((x, y), plane.codes[row].tolist()),
                )
                for row in rows
            ),
        )

    @torch.inference_mode()
    def encode(self, image: Tensor, model: str = "denoising") -> tuple[float, float]:
        """The place ``(x, y)`` on the plane of one image ``(1, 1, 28, 28)`` in [0, 1].

        Raises:
            InputError: if the model is unknown or the image has another shape or range.
        """
        checkpoint = self.checkpoint(model)
        z = checkpoint.model.encode(_checked_image(image).to(self.device))
        x, y = checkpoint.latent_map.project(z)[0].tolist()
        return x, y

    @torch.inference_mode()
    def is_unusual(self, image: Tensor) -> bool:
        """Whether one image ``(1, 1, 28, 28)`` in [0, 1] is unlike the training data.

        It is where the first model with a threshold reconstructs it worse than 95 % of the test images, by
        1 - SSIM; never where no model has one.

        Raises:
            InputError: if the image has another shape or range.
        """
        clean = _checked_image(image).to(self.device)
        for checkpoint in self.checkpoints.values():
            if (threshold := checkpoint.metrics.unusual_above) is not None:
                return 1 - metrics.ssim(checkpoint.model(clean)[0], clean).item() > threshold
        return False


def _checked_image(image: Tensor) -> Tensor:
    if image.shape != (1, 1, 28, 28):
        raise InputError(f"Expected one image of shape (1, 1, 28, 28), got {tuple(image.shape)}.")
    if not bool(((image >= 0) & (image <= 1)).all()):
        raise InputError("Pixels must lie between 0 and 1.")
    return image.float()


def _checked_number(value: object, what: str, low: float, high: float) -> float:
    # bool is an int in Python, and JSON's true must not pass for 1.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"The {what} must be a number between {low:g} and {high:.10g}.")
    # Compared before anything else is done with it: a whole number may be too long to become a float.
    if not low <= value <= high:
        raise InputError(f"The {what} must lie between {low:g} and {high:.10g}.")
    return float(value)


def _checked_seed(seed: object) -> int:
    if isinstance(seed, float) and not seed.is_integer():
        raise InputError(f"The seed must be a whole number between 0 and {MAX_SEED}.")
    return int(_checked_number(seed, "seed", 0, MAX_SEED))
