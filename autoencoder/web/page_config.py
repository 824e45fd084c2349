"""What the page's scripts are told: models, classes, samples and addresses, as JSON in the page's head."""

import base64
import json
from pathlib import Path
from typing import Any, Final

from autoencoder.data.classes import DATASET, colours
from autoencoder.inference.engine import Engine
from autoencoder.noise import KINDS
from autoencoder.web.assets import Assets
from autoencoder.web.colours import HOT
from autoencoder.weights import checkpoint

SAMPLES: Final = (3582, 4470, 2926, 6909, 650, 5022, 5841, 8775, 6371, 5807)
"""Positions in the test set of one clear example of each class, in the classes' order."""
KIND_NAMES: Final = {
    "gaussian": "Gaussian",
    "speckle": "Speckle",
    "masking": "Masking",
    "salt_pepper": "Salt & pepper",
}


def script(studio: Engine, assets: Assets, root: Path, identity: str) -> str:
    """The settings as a JSON script element for the page's head; ``identity`` is that of the set of models.

    Raises:
        CheckpointError: if the samples cannot be read.
    """
    # "</script>" inside a string would end the element.
    text = json.dumps({"set": identity, **_settings(studio, assets, root)}).replace("<", "\\u003c")
    return f'<script type="application/json" id="studio-config">{text}</script>'


def _settings(studio: Engine, assets: Assets, root: Path) -> dict[str, Any]:
    pixels, classes = checkpoint.load_samples(root), studio.classes
    return {
        "classes": [
            {"name": name, "colour": colour} for name, colour in zip(classes, colours(len(classes)), strict=True)
        ],
        "models": [
            {
                "name": name,
                "projected": model.latent_map.is_projected,
                "latent_dim": model.model.config.latent_dim,
                "box": vars(model.latent_map.box()),
            }
            for name, model in studio.checkpoints.items()
        ],
        "kinds": [{"value": kind, "name": KIND_NAMES.get(kind, kind)} for kind in KINDS],
        "hot": HOT.tolist(),
        "assets": assets.urls(),
        "samples": [
            {"index": index, "image": base64.b64encode(pixels[index].tobytes()).decode("ascii")}
            for index in _examples(studio)
        ],
    }


def _examples(studio: Engine) -> list[int]:
    """Positions in the test set of one example of each class."""
    first = next(iter(studio.checkpoints.values()))
    if first.metrics.data.name == DATASET and len(first.latent_map.codes) > max(SAMPLES):
        return list(SAMPLES)
    labels, index = first.latent_map.labels, first.latent_map.index
    return [int(index[labels == number][0]) for number in range(len(studio.classes)) if (labels == number).any()]
