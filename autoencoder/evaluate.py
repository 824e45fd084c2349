"""How good a model is: `python -m autoencoder.evaluate [weights/NAME ...]`."""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import tyro
from torch import Tensor

from autoencoder import checkpoint, data, device, latent_map, map_quality, metrics, reference
from autoencoder.dataset import DatasetError, Split
from autoencoder.model import Autoencoder
from autoencoder.noise import corrupt

LEVELS: Final = (0.0, 0.1, 0.25, 0.4, 0.6)

_BATCH: Final = 1_000
_Z95: Final = 1.959964


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
        values = values.double()
        mean, half = values.mean().item(), _Z95 * values.std().item() / math.sqrt(len(values))
        return cls(mean, mean - half, mean + half, len(values))


Scores = dict[str, Interval]


@dataclass(frozen=True)
class EvaluateConfig:
    """Measure trained models on the test images and update their metrics.json."""

    folders: Annotated[tuple[Path, ...], tyro.conf.Positional] = ()
    """Folders of the models; all of weights/ when none is named."""
    seed: int = 0
    """Seed of the test noise."""
    device: str = "auto"
    """Device to compute on: auto, cpu, cuda or mps."""
    data: Path | None = None
    """Folder of the images (see train); Fashion-MNIST is searched for, then downloaded, when not given."""
    threads: int = 0
    """CPU threads; 0 leaves the choice to torch."""
    map_quality: bool = True
    """Whether to measure neighbours, trustworthiness and the amortisation gap too (about a minute each)."""

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"--seed must not be negative, got {self.seed}.")
        if self.threads < 0:
            raise ValueError(f"--threads must not be negative, got {self.threads}.")
        if self.device not in device.DEVICES:
            raise ValueError(f"--device must be one of {', '.join(device.DEVICES)}, got {self.device!r}.")


@torch.inference_mode()
def score(
    reconstruct: Callable[[Tensor], Tensor],
    clean: Tensor,
    level: float,
    seed: int = 0,
    measures: Sequence[str] = tuple(metrics.METRICS),
) -> Scores:
    """Corrupt images with Gaussian noise, reconstruct them and compare with the clean ones.

    Args:
        reconstruct: noisy images ``(B, 1, 28, 28)`` to reconstructions of the same shape.
        clean: ``(N, 1, 28, 28)`` in [0, 1].
        level: of the noise, in [0, 1]; 0 feeds the clean images.
        seed: of the noise. All methods scored under one seed see the same noise.
        measures: which figures of merit of :data:`metrics.METRICS`.

    Returns:
        The interval of each figure of merit.
    """
    generator = torch.Generator(device=clean.device).manual_seed(seed)
    values: dict[str, list[Tensor]] = {name: [] for name in measures}
    for batch in clean.split(_BATCH):
        reconstruction = reconstruct(corrupt(batch, "gaussian", level, generator)).clamp(0, 1)
        for name in measures:
            values[name].append(metrics.METRICS[name](reconstruction, batch))
    return {name: Interval.of(torch.cat(parts)) for name, parts in values.items()}


def score_levels(model: Autoencoder, clean: Tensor, seed: int = 0) -> dict[str, Scores]:
    """:func:`score` of a model at each of :data:`LEVELS`, keyed by the level as text."""
    model.eval()
    return {f"{level:g}": score(lambda x: model(x)[0], clean, level, seed) for level in LEVELS}


def score_unrefined(model: Autoencoder, clean: Tensor, seed: int = 0) -> dict[str, Scores]:
    """As :func:`score_levels`, but MSE only and with the encoder network's own codes."""
    model.eval()

    def reconstruct(x: Tensor) -> Tensor:
        return model.decode(model.encode(x, refined=False))

    return {f"{level:g}": score(reconstruct, clean, level, seed, measures=("mse",)) for level in LEVELS}


def evaluate(
    model: Autoencoder, train: Split, test: Split, seed: int = 0, with_map_quality: bool = True
) -> dict[str, Any]:
    """All that ``metrics.json`` records of a model's quality, ready for JSON.

    Keys: ``noise`` (kind and seed), ``results`` (level, then figure of merit, then mean, low, high
    and n), for a model that refines its codes ``unrefined`` (MSE of its encoder network alone)
    and, unless switched off, ``map`` and ``amortisation``.
    """
    report: dict[str, Any] = {
        "noise": {"kind": "gaussian", "seed": seed},
        "results": _as_numbers(score_levels(model, test.images, seed)),
    }
    if model.config.refine_steps:
        report["unrefined"] = _as_numbers(score_unrefined(model, test.images, seed))
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


def table(results: Mapping[str, Mapping[str, Mapping[str, float]]], with_reference: bool = True) -> str:
    """Markdown table of ``results`` as :func:`evaluate` gives them, the reference's figures beside where they apply."""
    beside = " reference: MSE, PSNR, ssim_global |" if with_reference else ""
    lines = [
        f"| noise | MSE | PSNR, dB | ssim | ssim_global |{beside}",
        "| --- | --- | --- | --- | --- |" + (" --- |" if with_reference else ""),
    ]
    for level, scores in results.items():
        cells = [
            _with_interval(scores["mse"], 5),
            _with_interval(scores["psnr"], 2),
            _with_interval(scores["ssim"], 4),
            _with_interval(scores["ssim_global"], 4),
        ]
        if with_reference:
            printed = reference.FIGURES
            figures = f"{printed['mse']:.4f}, {printed['psnr']:.2f}, {printed['ssim_global']:.3f}"
            cells.append(figures if math.isclose(float(level), reference.LEVEL) else "")
        lines.append(f"| {level} | {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(report: Mapping[str, Any]) -> str:
    """The table of a report and, where measured, one line each on its map and its encoder."""
    lines = [table(report["results"], reference.is_comparable(report))]
    if "unrefined" in report:
        alone = ", ".join(f"{scores['mse']['mean']:.5f} at {level}" for level, scores in report["unrefined"].items())
        lines.append(f"MSE of the encoder network's own codes, before they are refined: {alone}.")
    if plane := report.get("map"):
        lines.append(
            f"Codes of clean images: 5-NN accuracy {plane['knn5_accuracy']:.4f}, 1-NN "
            f"{plane['knn1_accuracy']:.4f}, trustworthiness {plane['trustworthiness']:.4f}"
            + (f", occupied share {plane['occupied_share']:.3f}." if "occupied_share" in plane else ".")
        )
    if gap := report.get("amortisation"):
        lines.append(
            f"Best code for each of {gap['n']} images: MSE {gap['optimised_mse']:.5f}; the model's: "
            f"{gap['encoder_mse']:.5f}; amortisation gap {gap['gap']:.5f}."
        )
    return "\n\n".join(lines)


def _with_interval(interval: Mapping[str, float], digits: int) -> str:
    return f"{interval['mean']:.{digits}f} ± {(interval['high'] - interval['low']) / 2:.{digits}f}"


def run(config: EvaluateConfig) -> None:
    """Measure, print and record; raises what loading data, weights and device raise."""
    where = device.resolve(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    folders = config.folders or [Path("weights", name) for name in checkpoint.load_all("weights", where)]
    models = {folder: checkpoint.load_model(folder, where) for folder in folders}
    dataset = data.load(config.data)
    train, test = dataset.train.to(where), dataset.test.to(where)
    for folder, model in models.items():
        report = evaluate(model, train, test, config.seed, config.map_quality)
        report["data"] = dataset.described()
        path = folder / checkpoint.METRICS_FILE
        recorded = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        recorded.pop("unrefined", None)
        checksum = checkpoint.sha256(folder / checkpoint.WEIGHTS_FILE)
        if recorded.get("weights_sha256") != checksum:
            recorded.pop("map", None)
            recorded.pop("amortisation", None)
        recorded |= report | {"weights_sha256": checksum}
        checkpoint.write_json(path, recorded)
        print(f"\n{folder}\n\n{summary(report)}", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    try:
        run(tyro.cli(EvaluateConfig, args=argv, prog="python -m autoencoder.evaluate"))
    except (ValueError, OSError, DatasetError, checkpoint.CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, DatasetError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
