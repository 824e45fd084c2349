"""How fast training is: `python -m benchmarks.train_speed`.

Side by side in one process and one thread, a stretch of each in turn, several rounds: the course notebook's loop
as the reference describes it (torchvision dataset, DataLoader, batch 128), our loop on the same network and batch,
our loop at batch 1024, our default recipe, and the bare float32 matrix products of the reference network. Ours runs
as it does when nothing is asked for, which on a CPU with a unit for it rounds factors of wide products to bfloat16,
and with `--precision float32`. Prints seconds an epoch of 60,000 images, ratios, and what share of our time the
products alone would take.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import torch
import tyro
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import ToTensor

from autoencoder import heap
from autoencoder.data import fashion_mnist
from autoencoder.model import products
from autoencoder.model.network import NOTEBOOK, PIXELS, Autoencoder
from autoencoder.training.distributed import Peers
from autoencoder.training.execution import Execution, Precision
from autoencoder.training.loop import StoppedError, TrainingRun
from autoencoder.training.recipes import PRESETS, Recipe

EPOCH: Final = 60_000
MUST_RATIO: Final = 2.3
MUST_SHARE: Final = 0.75
PRECISIONS: Final[tuple[Precision, ...]] = ("auto", "float32")
_BATCH: Final = 128
_LARGE_BATCH: Final = 1024

Stretch = Callable[[int], int]
"""Trains on about so many images and says on how many."""


@dataclass(frozen=True)
class SpeedConfig:
    """Compare our training loop with the reference's and with the bare arithmetic."""

    images: int = 12_800
    """Images a stretch."""
    rounds: int = 5
    """Stretches of each; the median counts."""


def main() -> int:
    """Measure and print; 1 if a figure that must hold does not."""
    config = tyro.cli(SpeedConfig)
    torch.set_num_threads(1)
    heap.keep()  # as `python -m autoencoder.train` does, here for the notebook's loop as well
    with TemporaryDirectory() as folder:
        seconds = _measure(_contestants(Path(folder)), config)
    print("| loop, batch | wall s an epoch | CPU s an epoch |\n| --- | --- | --- |")
    for name, (wall, cpu) in seconds.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} |")
    cpu_of = {name: cpu for name, (_, cpu) in seconds.items()}
    products_are = "rounded" if products.are_quicker_rounded() else "float32: this CPU has no unit for bfloat16"
    print(f"\nour wide products, if nothing is asked for: {products_are}")
    figures = {}
    for precision in PRECISIONS:
        ratio = cpu_of["notebook's loop, 128"] / cpu_of[_name("same network", _BATCH, precision)]
        share = cpu_of["matrix products alone, 1024"] / cpu_of[_name("same network", _LARGE_BATCH, precision)]
        figures[precision] = ratio, share
        print(f"{precision}: notebook's loop / ours at batch 128, CPU: {ratio:.2f} (must {MUST_RATIO})")
        print(f"{precision}: float32 matrix products / ours at batch 1024, CPU: {share:.0%} (must {MUST_SHARE:.0%})")
    own = cpu_of["matrix products alone, 1024, rounded"] / cpu_of[_name("same network", _LARGE_BATCH, "auto")]
    print(f"the same products rounded as auto rounds them / ours, auto: {own:.0%}")
    rate = _operations() * EPOCH / cpu_of["matrix products alone, 1024"] / 1e9
    print(f"float32 products alone at batch 1024 run at {rate:.0f} GFLOP/s")
    ratio, share = figures["auto"]
    return int(ratio < MUST_RATIO or share < MUST_SHARE)


def _name(what: str, batch: int, precision: Precision) -> str:
    return f"ours, {what}, {batch}" + (", float32" if precision == "float32" else "")


def _measure(contestants: dict[str, Stretch], config: SpeedConfig) -> dict[str, tuple[float, float]]:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for stretch in contestants.values():
        stretch(config.images // 4)  # first touch of memory, lazy set-up
    for _ in range(config.rounds):
        for name, stretch in contestants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            done = stretch(config.images)
            times[name].append(
                ((time.perf_counter() - wall) / done * EPOCH, (time.process_time() - cpu) / done * EPOCH)
            )
    return {
        name: (statistics.median(wall for wall, _ in each), statistics.median(cpu for _, cpu in each))
        for name, each in times.items()
    }


def _contestants(folder: Path) -> dict[str, Stretch]:
    images = fashion_mnist.load().train.images
    same = PRESETS["notebook"]["denoising"]
    default = PRESETS["default"]["denoising"]
    ours = {
        _name(what, recipe.batch_size, precision): _our_loop(recipe, images, precision)
        for what, recipe in (
            ("same network", same),
            ("same network", replace(same, batch_size=_LARGE_BATCH)),
            ("default recipe", default),
        )
        for precision in PRECISIONS
    }
    return {
        "notebook's loop, 128": _notebook_loop(folder),
        "matrix products alone, 128": _products(_BATCH),
        "matrix products alone, 1024": _products(_LARGE_BATCH),
        "matrix products alone, 1024, rounded": _products(_LARGE_BATCH, rounded=True),
        **ours,
    }


def _notebook_loop(folder: Path) -> Stretch:
    """The reference experiment's training step, written as its notebook has it."""
    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in fashion_mnist.contents(fashion_mnist.find() or fashion_mnist.download()).items():
        (raw / name).write_bytes(content)
    dataset = FashionMNIST(str(folder), train=True, transform=ToTensor())
    batches = DataLoader(dataset, batch_size=_BATCH, shuffle=True)
    model = Autoencoder(NOTEBOOK)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-5)
    squared, absolute = nn.MSELoss(), nn.L1Loss()

    def stretch(images: int) -> int:
        model.train()
        done, total = 0, 0.0
        for clean, _ in batches:
            noisy = torch.clip(clean + 0.25 * torch.randn_like(clean), 0.0, 1.0)
            optimizer.zero_grad()
            reconstruction, _ = model(noisy)
            loss = 0.7 * squared(reconstruction, clean) + 0.3 * absolute(reconstruction, clean)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.item()
            done += len(clean)
            if done >= images:
                break
        return done

    return stretch


def _our_loop(recipe: Recipe, images: Tensor, precision: Precision) -> Stretch:
    run = TrainingRun(replace(recipe, epochs=100), images, 0, Peers(), Execution(precision))

    def stretch(count: int) -> int:
        before, goal = run.done, run.done + max(1, count // recipe.batch_size)
        while run.done < goal:
            try:
                run.epoch(lambda *_: None, lambda: run.done + 1 >= goal)
            except StoppedError:
                break
        return (run.done - before) * recipe.batch_size

    return stretch


def _layers() -> list[tuple[int, int]]:
    """``(inputs, outputs)`` of each linear layer of the reference network."""
    encoder = (PIXELS, *NOTEBOOK.encoder_widths, NOTEBOOK.latent_dim)
    decoder = (NOTEBOOK.latent_dim, *NOTEBOOK.decoder_widths, PIXELS)
    return [*pairwise(encoder), *pairwise(decoder)]


def _operations() -> int:
    """Floating-point operations of the products for one image: 2 a weight forward, 4 backward.

    The first layer has no input gradient.
    """
    layers = _layers()
    return sum(6 * a * b for a, b in layers) - 2 * layers[0][0] * layers[0][1]


def _products(batch: int, *, rounded: bool = False) -> Stretch:
    """The products of a training step in its order: each layer forward; backward, weights' and inputs' gradients."""
    is_rounded = rounded and products.are_quicker_rounded()
    parts = [(torch.randn(batch, a), torch.randn(b, a), torch.randn(batch, b)) for a, b in _layers()]

    @torch.inference_mode()
    def stretch(images: int) -> int:
        steps = max(1, images // batch)
        for _ in range(steps):
            for x, weight, _ in parts:
                with products.rounded(is_rounded and products.is_wide(weight)):
                    x @ weight.T
            for position, (x, weight, gradient) in reversed(list(enumerate(parts))):
                with products.rounded(is_rounded and products.is_wide(weight)):
                    gradient.T @ x
                    if position:
                        gradient @ weight
        return steps * batch

    return stretch


if __name__ == "__main__":
    sys.exit(main())
