"""Scores of a model on test images, at each noise level."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch
from torch import Tensor

from autoencoder import metrics
from autoencoder.data.dataset import Split
from autoencoder.evaluation import map_quality
from autoencoder.model.network import Autoencoder
from autoencoder.noise import corrupt
from autoencoder.weights import latent_map

LEVELS: Final = (0.0, 0.1, 0.25, 0.4, 0.6)
_BATCH: Final = 1_000
_Z95: Final = 1.959964
_USUAL_SHARE: Final = 0.95


@dataclass(frozen=True)
class Interval:
    """Mean over images with its 95 % confidence interval (normal approximation)."""

    mean: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: Tensor) -> "Interval":
        """Of per-image values ``(N,)``, N at least 2."""
        values = values.cpu().double()  # Apple's GPUs know no double precision
        mean, half = values.mean().item(), _Z95 * values.std().item() / math.sqrt(len(values))
        return cls(mean, mean - half, mean + half, len(values))


Scores = dict[str, Interval]


@torch.inference_mode()
def score(
    reconstruct: Callable[[Tensor], Tensor],
    clean: Tensor,
    level: float,
    seed: int = 0,
    measures: Sequence[str] = tuple(metrics.METRICS),
    kind: str = "gaussian",
) -> Scores:
    """Corrupt images with noise, reconstruct them and compare with the clean ones.

    Args:
        reconstruct: noisy images ``(B, 1, 28, 28)`` to reconstructions of the same shape.
        clean: ``(N, 1, 28, 28)`` in [0, 1].
        level: of the noise, in [0, 1]; 0 feeds the clean images.
        seed: of the noise. All methods scored under one seed see the same noise.
        measures: which figures of merit of :data:`metrics.METRICS`.
        kind: of the noise, one of :data:`autoencoder.noise.KINDS`.

    Returns:
        The interval of each figure of merit.
    """
    generator = torch.Generator(device=clean.device).manual_seed(seed)
    values: dict[str, list[Tensor]] = {name: [] for name in measures}
    for batch in clean.split(_BATCH):
        reconstruction = reconstruct(corrupt(batch, kind, level, generator)).clamp(0, 1)
        for name in measures:
            values[name].append(metrics.METRICS[name](reconstruction, batch))
    return {name: Interval.of(torch.cat(parts)) for name, parts in values.items()}


def score_levels(model: Autoencoder, clean: Tensor, seed: int = 0, kind: str = "gaussian") -> dict[str, Scores]:
    """:func:`score` of a model at each of :data:`LEVELS`, keyed by the level as text."""
    model.eval()
    return {f"{level:g}": score(lambda x: model(x)[0], clean, level, seed, kind=kind) for level in LEVELS}


def score_unrefined(model: Autoencoder, clean: Tensor, seed: int = 0, kind: str = "gaussian") -> dict[str, Scores]:
    """As :func:`score_levels`, but MSE only and with the encoder network's own codes."""
    model.eval()

    def reconstruct(x: Tensor) -> Tensor:
        return model.decode(model.encode(x, refined=False))

    return {f"{level:g}": score(reconstruct, clean, level, seed, ("mse",), kind) for level in LEVELS}


@torch.inference_mode()
def unusual_above(model: Autoencoder, images: Tensor) -> float:
    """The 1 - SSIM of its reconstruction that 5 % of clean images ``(N, 1, 28, 28)`` exceed, in [0, 2].

    A picture that the model draws worse than that is unlike what it knows.
    """
    model.eval()
    similarity = torch.cat([metrics.ssim(model(batch)[0], batch) for batch in images.split(_BATCH)])
    return (1 - similarity).cpu().quantile(_USUAL_SHARE).item()


def evaluate(
    model: Autoencoder,
    train: Split,
    test: Split,
    seed: int = 0,
    with_map_quality: bool = True,
    kind: str = "gaussian",
) -> dict[str, Any]:
    """All that ``metrics.json`` records of a model's quality, ready for JSON.

    Keys: ``noise`` (kind and seed), ``results`` (level, then figure of merit, then mean, low, high
    and n), for a model of two numbers :func:`unusual_above`, for a model that refines its codes ``unrefined``
    (MSE of its encoder network alone) and, unless switched off, ``map`` and ``amortisation``.
    """
    report: dict[str, Any] = {
        "noise": {"kind": kind, "seed": seed},
        "results": _as_numbers(score_levels(model, test.images, seed, kind)),
    }
    if model.config.latent_dim == 2:
        report["unusual_above"] = unusual_above(model, test.images)
    if model.config.refine_steps:
        report["unrefined"] = _as_numbers(score_unrefined(model, test.images, seed, kind))
    if with_map_quality:
        report["map"] = map_quality.measure(
            latent_map.encode_all(model, train.images),
            train.labels,
            latent_map.encode_all(model, test.images),
            test.labels,
            test.images,
        )
        report["amortisation"] = map_quality.amortisation_gap(model, test.images[: map_quality.GAP_IMAGES])
    return report


def _as_numbers(results: Mapping[str, Scores]) -> dict[str, dict[str, dict[str, float]]]:
    return {level: {name: asdict(interval) for name, interval in scores.items()} for level, scores in results.items()}
