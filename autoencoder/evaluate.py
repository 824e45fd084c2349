"""How good a model is: `python -m autoencoder.evaluate [weights/NAME ...]`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import tyro

from autoencoder import device
from autoencoder.data import loading
from autoencoder.data.dataset import DatasetError
from autoencoder.evaluation.scores import evaluate
from autoencoder.evaluation.summary import summary
from autoencoder.noise import KINDS
from autoencoder.weights import checkpoint, film


@dataclass(frozen=True)
class EvaluateConfig:
    """Measure trained models on the test images and, if they are those of their training's set, update metrics.json
    and the map."""

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
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"--seed must lie between 0 and 2^63 - 1, got {self.seed}.")
        if self.threads < 0:
            raise ValueError(f"--threads must not be negative, got {self.threads}.")
        if self.device not in device.DEVICES:
            raise ValueError(f"--device must be one of {', '.join(device.DEVICES)}, got {self.device!r}.")


def run(config: EvaluateConfig) -> None:
    """Measure, print and record; raises what loading data, weights and device raise."""
    where = device.resolve(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    folders = config.folders or checkpoint.folders("weights")
    models = {folder: checkpoint.load_model(folder, where) for folder in folders}
    records = {folder: _recorded(folder / checkpoint.METRICS_FILE) for folder in folders}
    dataset = loading.load(config.data)
    train, test = dataset.train.to(where), dataset.test.to(where)
    for note in dataset.notes:
        print(note, file=sys.stderr)
    for folder, model in models.items():
        path = folder / checkpoint.METRICS_FILE
        recorded = records[folder]
        kind = recorded.get("noise", {}).get("kind", "gaussian")
        report = evaluate(model, train, test, config.seed, config.map_quality, kind)
        report |= {"data": dataset.described(), "data_sha256": dataset.checksum}
        print(f"\n{folder}\n\n{summary(report)}", flush=True)
        if recorded.get("data_sha256", dataset.checksum) == dataset.checksum:
            report["weights_sha256"] = checkpoint.sha256(folder / checkpoint.WEIGHTS_FILE)
            checkpoint.write_map(model, test.images, test.labels, folder)
            if recorded.get("weights_sha256", report["weights_sha256"]) != report["weights_sha256"]:
                film.remove(folder)
                print(f"\nThe figures and the card in {folder} are of the weights before: training draws them.")
            checkpoint.write_json(path, _updated(recorded, report))
        else:
            own = recorded.get("data", {}).get("name", "other images")
            print(f"\nNot recorded in {path}: the model, its map and its samples are of {own}.", flush=True)


def _recorded(path: Path) -> dict[str, Any]:
    """What was measured of a model before; nothing of one that was never measured."""
    if not path.exists():
        return {}
    try:
        recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        noise, data = recorded.get("noise", {}), recorded.get("data", {})
        is_sound = isinstance(data, dict) and noise.get("kind", "gaussian") in KINDS
    except (ValueError, AttributeError):
        is_sound = False
    if not is_sound:
        raise ValueError(f"{path} is damaged: remove it, and the model is measured anew.")
    return recorded


def _updated(recorded: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """The record with every figure measured anew; figures of other weights are dropped."""
    is_same = recorded.get("weights_sha256") == report["weights_sha256"]
    outdated = {"unrefined"} if is_same else {"unrefined", "map", "amortisation"}
    return {key: value for key, value in recorded.items() if key not in outdated} | report


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    try:
        run(tyro.cli(EvaluateConfig, args=argv, prog="python -m autoencoder.evaluate"))
    except (ValueError, OSError, DatasetError, checkpoint.CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, DatasetError) else 1
    except (MemoryError, RuntimeError) as error:
        if not device.is_out_of_memory(error):
            raise
        print("error: There is not enough memory: end other programs, or choose another --device.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
