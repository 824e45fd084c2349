"""The folder of a trained model: weights, numbers, log, map, figures and card."""

import csv
import io
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from autoencoder import files
from autoencoder.data.dataset import Dataset
from autoencoder.evaluation import model_figures, scores
from autoencoder.evaluation.summary import summary
from autoencoder.training import model_card
from autoencoder.training.fit import Epoch, Fitted
from autoencoder.training.options import TrainConfig
from autoencoder.training.recipes import Recipe
from autoencoder.weights import checkpoint

_PACKAGES: Final = ("torch", "torchvision", "numpy", "scikit-learn", "safetensors")


def write(name: str, recipe: Recipe, config: TrainConfig, fitted: Fitted, dataset: Dataset, folder: Path) -> str:
    """Measure a trained model and write its folder anew, all but the film; returns a summary.

    Raises:
        OSError: if something cannot be written.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "figures").mkdir(parents=True)
    model, where = fitted.model, next(fitted.model.parameters()).device
    train, test = dataset.train.to(where), dataset.test.to(where)
    model.save_pretrained(folder)
    report = scores.evaluate(model, train, test, with_map_quality=config.extras, kind=recipe.noise_kind)
    report["data"] = dataset.described()
    metrics = {
        "model": name,
        "weights_sha256": checkpoint.sha256(folder / checkpoint.WEIGHTS_FILE),
        **report,
        "training": _provenance(config, recipe, fitted),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        "data_sha256": dataset.checksum,
    }
    checkpoint.write_json(folder / checkpoint.METRICS_FILE, metrics)
    write_history(fitted.history, folder / "history.csv")
    plane = checkpoint.write_map(model, test.images, test.labels, folder)
    curves = {column: [asdict(epoch)[column] for epoch in fitted.history] for column in model_figures.CURVES}
    kind = recipe.noise_kind if recipe.noise_high else None
    model_figures.draw(model, kind, test, dataset.classes, plane, curves, folder / "figures")
    card = model_card.model_card(name, recipe, metrics, dataset.classes)
    (folder / checkpoint.CARD_FILE).write_text(card, encoding="utf-8")
    return f"{name}\n\n{summary(report)}"


def write_history(history: Sequence[Epoch], path: Path) -> None:
    """Write a training log as CSV, a row an epoch.

    Raises:
        OSError: if it cannot be written.
    """
    rows = [asdict(epoch) for epoch in history]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    files.write_bytes(path, text.getvalue().encode())


def _provenance(config: TrainConfig, recipe: Recipe, fitted: Fitted) -> dict[str, Any]:
    return {
        "command": config.command,
        "seed": config.seed,
        "device": str(next(fitted.model.parameters()).device),
        "threads": config.threads,
        "best_epoch": fitted.best_epoch,
        "best_train_loss": fitted.history[fitted.best_epoch - 1].train_loss,
        "cpu_seconds": round(fitted.cpu_seconds, 1),
        "seconds": round(fitted.history[-1].seconds, 1),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": asdict(recipe),
    }
