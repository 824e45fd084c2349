"""How much a wider bottleneck buys: error against latent size, beside PCA of the same size."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from tqdm import tqdm

from autoencoder import device
from autoencoder.data import fashion_mnist
from autoencoder.data.dataset import validation_split
from autoencoder.evaluation.baselines import pca
from autoencoder.evaluation.scores import score
from autoencoder.training.execution import Execution
from autoencoder.training.fit import Callbacks, fit
from autoencoder.training.recipes import PRESETS, Recipe
from autoencoder.training.workspace import Workspace
from autoencoder.weights import checkpoint

LATENT_DIMS: Final = (2, 4, 8, 16, 32, 64, 128)
LEVELS: Final = (0.0, 0.25)
EPOCHS: Final = 5
_BATCH_SIZE: Final = 256
FILE: Final = "sweep.json"


def recipe_for(latent_dim: int) -> Recipe:
    """The wide denoiser's recipe, shortened, without convolutions and refinement, with another bottleneck."""
    base = PRESETS["default"]["denoising-64"]
    plain = replace(base.model, front_channels=0, back_channels=0, refine_steps=0, refine_noisy=False, code_prior=False)
    model = replace(plain, latent_dim=latent_dim)
    return replace(base, epochs=EPOCHS, batch_size=_BATCH_SIZE, model=model)


def measure(
    train: Tensor,
    validation: Tensor,
    test: Tensor,
    seed: int = 0,
    place: Workspace | None = None,
    execution: Execution | None = None,
) -> list[dict[str, Any]]:
    """One row a latent size: MSE of the autoencoder and of PCA, with intervals, at each of :data:`LEVELS`.

    Args:
        train, validation, test: ``(N, 1, 28, 28)`` images.
        seed: of training and test noise.
        place: where an interrupted sweep has left its networks, and this one does.
        execution: how to train; the defaults when not given.
    """
    rows = []
    for latent_dim in tqdm(LATENT_DIMS, desc="sweep", unit="model"):
        callbacks = Callbacks(state=place.state(f"sweep-{latent_dim}") if place else None)
        recipe = recipe_for(latent_dim)
        recipe = replace(recipe, batch_size=min(recipe.batch_size, len(train)))
        model = fit(recipe, train, validation, seed, callbacks, execution).model
        linear = pca(train, latent_dim)
        row: dict[str, Any] = {"latent_dim": latent_dim}
        for level in LEVELS:
            row[f"autoencoder_{level:g}"] = asdict(score(lambda x: model(x)[0], test, level, seed, ("mse",))["mse"])  # noqa: B023
            row[f"pca_{level:g}"] = asdict(score(linear, test, level, seed, ("mse",))["mse"])
        rows.append(row)
    return rows


def write(folder: Path | None, device_name: str, execution: Execution, place: Workspace, position: int = 0) -> str:
    """Run the sweep and write ``sweep.json`` among what is finished; returns a summary."""
    torch.set_num_threads(1)
    where = device.resolve(device_name)
    dataset = fashion_mnist.load(folder)
    train, validation = validation_split(dataset.train)
    images = [part.images.to(where) for part in (train, validation, dataset.test)]
    rows = measure(images[0], images[1], images[2], place=place, execution=execution)
    checkpoint.write_json(place.finished / FILE, {"epochs": EPOCHS, "levels": LEVELS, "rows": rows})
    lines = [
        f"| {row['latent_dim']} | "
        + " | ".join(f"{row[f'{key}_{level:g}']['mean']:.5f}" for level in LEVELS for key in ("autoencoder", "pca"))
        + " |"
        for row in rows
    ]
    header = "| latent size | autoencoder, clean | PCA, clean | autoencoder, noise 0.25 | PCA, noise 0.25 |"
    return "\n".join([header, "| --- | --- | --- | --- | --- |", *lines])
