"""What our own Muon saves on this machine: `python -m benchmarks.muon_speed`.

Steps of the default denoising recipe with our Muon and with torch's, in turns in one process and one thread. Prints
the median CPU milliseconds a step.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch
import tyro
from torch import Tensor, nn

from autoencoder.data import loading
from autoencoder.model.network import Autoencoder
from autoencoder.training import optimizers
from autoencoder.training.recipes import PRESETS

RECIPE: Final = replace(PRESETS["default"]["denoising"], epochs=1)


@dataclass(frozen=True)
class SpeedConfig:
    """Compare the optimizers by the CPU time of a training step."""

    steps: int = 8
    """Steps a stretch."""
    rounds: int = 5
    """Stretches of each; the median counts."""


def main() -> int:
    """Measure and print."""
    config = tyro.cli(SpeedConfig)
    torch.set_num_threads(1)
    images = loading.load().train.images[: RECIPE.batch_size]
    steps = {"our Muon": _step(images, is_own=True), "torch.optim.Muon": _step(images, is_own=False)}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(config.rounds):
        for name, step in steps.items():
            start = time.process_time()
            for _ in range(config.steps):
                step()
            times[name].append((time.process_time() - start) / config.steps * 1_000)
    for name, each in times.items():
        print(f"{name}: {statistics.median(each):.1f} CPU ms a step")
    return 0


def _step(images: Tensor, *, is_own: bool) -> Callable[[], None]:
    """One step on the matrices that Muon trains and, by AdamW, on the rest."""
    model = Autoencoder(RECIPE.model).train()
    matrices = [p for p in model.parameters() if p.ndim == 2 and min(p.shape) >= optimizers.SMALLEST_MUON_SIDE]
    chosen = {id(p) for p in matrices}
    muon: torch.optim.Optimizer
    if is_own:
        muon = optimizers.Muon(matrices, 1e-3, 0.01, RECIPE.muon_steps)
    else:
        muon = torch.optim.Muon(matrices, lr=1e-3, weight_decay=0.01, ns_steps=RECIPE.muon_steps)
    rest = torch.optim.AdamW([p for p in model.parameters() if id(p) not in chosen], lr=1e-3, fused=True)

    def step() -> None:
        muon.zero_grad()
        rest.zero_grad()
        nn.functional.mse_loss(model(images)[0], images).backward()
        muon.step()
        rest.step()

    return step


if __name__ == "__main__":
    sys.exit(main())
