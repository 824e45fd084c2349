"""How much a wider bottleneck buys: error against latent size, beside PCA of the same size."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor
from tqdm import tqdm

from autoencoder import device
from autoencoder.data import loading
from autoencoder.data.dataset import validation_split
from autoencoder.evaluation.baselines import Method
from autoencoder.evaluation.scores import score
from autoencoder.model import pca
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.fit import Callbacks, fit
from autoencoder.training.recipes import PRESETS, Recipe
from autoencoder.training.workspace import Workspace
from autoencoder.weights import browser_export, checkpoint, sweep_networks

LATENT_DIMS: Final = (2, 4, 8, 16, 32, 64, 128)
LEVELS: Final = (0.0, 0.25)
EPOCHS: Final = 12
_HIDDEN: Final = (72, 64)
"""Units of the encoder's layers: so few that the page can fetch a network while a slider moves."""
_BATCH_SIZE: Final = 256
_SEED: Final = 0
"""Of training and test noise."""
FILE: Final = "sweep.json"


def recipe_for(latent_dim: int) -> Recipe:
    """The wide denoiser's recipe with another bottleneck, small and short, at the noise that is measured."""
    base = PRESETS["default"]["denoising-64"]
    plain = replace(base.model, front_channels=0, back_channels=0, refine_steps=0, refine_noisy=False, code_prior=False)
    model = replace(plain, latent_dim=latent_dim, encoder_widths=_HIDDEN, decoder_widths=_HIDDEN[::-1])
    return replace(base, epochs=EPOCHS, batch_size=_BATCH_SIZE, noise_high=LEVELS[-1], model=model)


def measure(
    train: Tensor, validation: Tensor, test: Tensor, folder: Path, workspace: Workspace, arithmetic: Arithmetic
) -> list[dict[str, Any]]:
    """One row a latent size: MSE of the autoencoder and of PCA, with intervals, at each of :data:`LEVELS`.

    What is measured are the files that it writes for the page, whose numbers are rounded.

    Args:
        train, validation, test: ``(N, 1, 28, 28)`` images.
        folder: to write networks and components to.
        workspace: where an interrupted sweep has left its networks, and this one does.
        arithmetic: how to train.
    """
    components = sweep_networks.pca_content(pca.fit(train.flatten(1), max(LATENT_DIMS)))
    (folder / sweep_networks.PCA_FILE).write_bytes(components)
    rows = []
    for latent_dim in tqdm(LATENT_DIMS, desc="sweep", unit="model"):
        callbacks = Callbacks(state=workspace.state(f"sweep-{latent_dim}"))
        recipe = recipe_for(latent_dim)
        recipe = replace(recipe, batch_size=min(recipe.batch_size, len(train)))
        content = browser_export.network(fit(recipe, train, validation, _SEED, callbacks, arithmetic).model)
        (folder / sweep_networks.file_name(latent_dim)).write_bytes(content)
        model = browser_export.from_network(content).to(test.device)
        methods: dict[str, Method] = {
            "autoencoder": lambda x: model(x)[0],  # noqa: B023
            "pca": _linear(components, latent_dim),
        }
        row: dict[str, Any] = {"latent_dim": latent_dim}
        for level in LEVELS:
            for name, method in methods.items():
                row[f"{name}_{level:g}"] = asdict(score(method, test, level, _SEED, ("mse",))["mse"])
        rows.append(row)
    return rows


def _linear(content: bytes, latent_dim: int) -> Method:
    """Projection on the leading components of a file."""
    mean, components = sweep_networks.pca_of(content)
    leading = components[:latent_dim]

    def reconstruct(x: Tensor) -> Tensor:
        plane, centre = leading.to(x), mean.to(x)
        return ((x.flatten(1) - centre) @ plane.T @ plane + centre).reshape(x.shape)

    return reconstruct


def write(
    folder: Path | None, device_name: str, arithmetic: Arithmetic, workspace: Workspace, position: int = 0
) -> str:
    """Run the sweep and write ``sweep.json`` and the networks among what is finished; returns a summary."""
    torch.set_num_threads(1)
    where = device.resolve(device_name)
    dataset = loading.load(folder)
    train, validation = validation_split(dataset.train)
    images = [part.images.to(where) for part in (train, validation, dataset.test)]
    networks = workspace.finished / sweep_networks.FOLDER
    networks.mkdir(exist_ok=True)
    rows = measure(images[0], images[1], images[2], networks, workspace, arithmetic)
    checkpoint.write_json(workspace.finished / FILE, {"epochs": EPOCHS, "rows": rows})
    lines = [
        f"| {row['latent_dim']} | "
        + " | ".join(f"{row[f'{key}_{level:g}']['mean']:.5f}" for level in LEVELS for key in ("autoencoder", "pca"))
        + " |"
        for row in rows
    ]
    header = "| latent size | autoencoder, clean | PCA, clean | autoencoder, noise 0.25 | PCA, noise 0.25 |"
    return "\n".join([header, "| --- | --- | --- | --- | --- |", *lines])
