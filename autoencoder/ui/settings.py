"""What the page's scripts are told: models, classes, samples and addresses, as JSON in the page's head."""

import base64
import json
from pathlib import Path
from typing import Any, Final

from autoencoder import checkpoint
from autoencoder.classes import CLASS_COLOURS, CLASSES
from autoencoder.inference import Studio
from autoencoder.noise import KINDS
from autoencoder.ui.assets import Assets
from autoencoder.ui.colours import HOT

SAMPLES: Final = (3582, 4470, 2926, 6909, 650, 5022, 5841, 8775, 6371, 5807)
"""Positions in the test set of one clear example of each class, in the classes' order."""
KIND_NAMES: Final = {
    "gaussian": "Gaussian",
    "speckle": "Speckle",
    "masking": "Masking",
    "salt_pepper": "Salt & pepper",
}


def script(studio: Studio, assets: Assets, root: Path, identity: str) -> str:
    """The settings as a JSON script element for the page's head; ``identity`` is that of the set of models.

    Raises:
        CheckpointError: if the samples cannot be read.
    """
    # "</script>" inside a string would end the element.
    text = json.dumps({"set": identity, **_settings(studio, assets, root)}).replace("<", "\\u003c")
    return f'<script type="application/json" id="studio-config">{text}</script>'


def _settings(studio: Studio, assets: Assets, root: Path) -> dict[str, Any]:
    pixels = checkpoint.load_samples(root)
    return {
        "classes": [{"name": name, "colour": colour} for name, colour in zip(CLASSES, CLASS_COLOURS, strict=True)],
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
            for index in SAMPLES
            if index < len(pixels)
        ],
    }
