"""Other methods' maps of the same images: `python -m benchmarks.maps` (after `pip install -e '.[maps]'`).

Writes ``weights/maps.json``.

Each method is fitted to the 60,000 training images and places the 10,000 test images by its own `transform`; the codes
are scored as the models' are. UMAP alone can draw: the error of its `inverse_transform` is that of the first
1,000 test images, which take it a quarter of an hour.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from autoencoder import metrics
from autoencoder.data import loading
from autoencoder.data.dataset import Dataset
from autoencoder.evaluation import map_quality
from autoencoder.evaluation.scores import Interval
from autoencoder.model import pca
from autoencoder.weights import checkpoint

FILE: Final = Path(__file__).resolve().parent.parent / "weights" / "maps.json"
_COMPONENTS: Final = 50
"""Principal components that t-SNE is given, as is usual."""
_DRAWN: Final = 1_000

Points = NDArray[np.float32]
Draw = Callable[[Points], Points]
"""Places ``(N, 2)`` to images ``(N, 784)``."""
Fitted = tuple[Points, Points, Draw | None]
"""Places of the training and the test images, and how to draw others."""


def tsne(train: Points, test: Points, seed: int) -> Fitted:
    """openTSNE (Poličar et al., 2024), new points by their neighbours."""
    from openTSNE import TSNE

    space = pca.fit(torch.from_numpy(train), _COMPONENTS)
    near, new = (space.project(torch.from_numpy(each)).numpy() for each in (train, test))
    fitted = TSNE(random_state=seed, n_jobs=1, initialization="pca").fit(near)
    return np.asarray(fitted), np.asarray(fitted.transform(new)), None


def umap(train: Points, test: Points, seed: int) -> Fitted:
    """UMAP (McInnes et al., 2018) with its inverse transform."""
    from umap import UMAP

    fitted = UMAP(random_state=seed, n_jobs=1).fit(train)
    return fitted.embedding_, fitted.transform(test), fitted.inverse_transform


def hnne(train: Points, test: Points, seed: int) -> Fitted:
    """h-NNE (Sarfraz et al., CVPR 2022)."""
    from hnne import HNNE

    fitted = HNNE(n_components=2, random_state=seed)
    return fitted.fit_transform(train), fitted.transform(test), None


METHODS: Final[dict[str, tuple[str, Callable[[Points, Points, int], Fitted]]]] = {
    "t-SNE": ("openTSNE", tsne),
    "UMAP": ("umap-learn", umap),
    "h-NNE": ("hnne", hnne),
}
"""Package and fit of each, by the name that is shown."""


def measure(method: str, dataset: Dataset, seed: int) -> dict[str, Any]:
    """Scores of a method's map, its package, and the processor seconds that fitting and placing took."""
    package, fit = METHODS[method]
    train, test = dataset.train, dataset.test
    start = time.process_time()
    near, new, draw = fit(train.images.flatten(1).numpy(), test.images.flatten(1).numpy(), seed)
    seconds = time.process_time() - start
    codes = [torch.from_numpy(np.array(each, dtype=np.float32)) for each in (near, new)]
    report: dict[str, Any] = {"package": package, "version": version(package), "cpu_seconds": round(seconds, 1)}
    report["map"] = map_quality.measure(codes[0], train.labels, codes[1], test.labels, test.images)
    if draw is not None:
        drawn = torch.from_numpy(np.array(draw(new[:_DRAWN]), dtype=np.float32)).clamp(0, 1)
        clean = test.images[:_DRAWN]
        report["mse"] = asdict(Interval.of(metrics.mse(drawn.reshape(clean.shape), clean)))
    return report


def main(methods: tuple[str, ...] = tuple(METHODS), seed: int = 0) -> None:
    """Fit and measure methods, and write what was found after each.

    Args:
        methods: which; what is recorded of others stays.
        seed: of each.

    Raises:
        SystemExit: if there is none of a name.
    """
    if unknown := set(methods) - set(METHODS):
        sys.exit(f"error: --methods has no {', '.join(sorted(unknown))}.")
    torch.set_num_threads(1)
    dataset = loading.load()
    recorded = json.loads(FILE.read_text(encoding="utf-8"))["methods"] if FILE.exists() else {}
    for name in methods:
        recorded[name] = {"seed": seed, **measure(name, dataset, seed)}
        print(name, recorded[name], flush=True)
        checkpoint.write_json(FILE, {"command": "python -m benchmarks.maps", "methods": recorded})


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
