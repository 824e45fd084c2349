"""What the page's scripts are told: models, classes, samples, limits and addresses, as JSON."""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from autoencoder.data.classes import CLASSES, POINT_OPACITY, colours
from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.inference.engine import LEVELS, MAX_COORDINATE, MAX_LEVEL, MAX_SEED, Engine
from autoencoder.noise import KINDS
from autoencoder.web.assets import Assets
from autoencoder.web.error_map import HOT
from autoencoder.weights import thumbnails
from autoencoder.weights.checkpoint import Checkpoint

SAMPLES: Final = (3582, 4470, 2926, 6909, 650, 5022, 5841, 8775, 6371, 5807)
"""Positions in the test set of one clear example of each class, in the classes' order."""
_KIND_NAMES: Final = {
    "gaussian": "Gaussian",
    "speckle": "Speckle",
    "masking": "Masking",
    "salt_pepper": "Salt & pepper",
}
NOISE_KINDS: Final = tuple({"value": kind, "name": _KIND_NAMES.get(kind, kind)} for kind in KINDS)
LIMITS: Final = {
    "max_level": MAX_LEVEL,
    "level_step": LEVELS[1],
    "reference_level": 0.25,
    "start_level": 0.5,
    "max_seed": MAX_SEED,
    "max_coordinate": MAX_COORDINATE,
    "max_upload_bytes": MAX_BYTES,
}
"""Bounds of what may be asked, the noise level of the reference experiment, and that of a page's first view."""


def build(engine: Engine, assets: Assets, root: Path, identity: str, missing: Iterable[str]) -> dict[str, Any]:
    """The page's configuration, ready for JSON.

    Args:
        engine: the models.
        assets: addresses of their files.
        root: the weights folder, for the samples.
        identity: names the set of models.
        missing: a sentence for visitors for each thing that could not be loaded.

    Raises:
        CheckpointError: if the samples cannot be read.
    """
    pixels, classes = thumbnails.load(root), engine.classes
    return {
        "set": identity,
        "missing": list(missing),
        "classes": [
            {"name": name, "colour": colour} for name, colour in zip(classes, colours(len(classes)), strict=True)
        ],
        "point_opacity": POINT_OPACITY,
        "models": [
            {"name": name, "description": description, **_model(engine.checkpoint(name))}
            for name, description in descriptions(engine.checkpoints).items()
        ],
        "kinds": NOISE_KINDS,
        "limits": LIMITS,
        "hot": HOT.tolist(),
        "assets": assets.urls(),
        "samples": [
            {"index": index, "label": label, "image": base64.b64encode(pixels[index].tobytes()).decode("ascii")}
            for label, index in _examples(engine).items()
            if index < len(pixels)
        ],
    }


def descriptions(models: Mapping[str, Checkpoint]) -> dict[str, str]:
    """By name what tells each model from the others in words: its name alone if nothing does."""
    found = {name: _description(model) for name, model in models.items()}
    counts = Counter(found.values())
    return {name: words if words and counts[words] == 1 else name for name, words in found.items()}


def _description(model: Checkpoint) -> str:
    saw_noise = _saw_noise(model)
    if saw_noise is None:
        return ""
    width = model.model.config.latent_dim
    return f"{'noisy' if saw_noise else 'clean'} pictures ({width} number{'s' * (width > 1)})"


def _saw_noise(model: Checkpoint) -> bool | None:
    training = model.metrics.training
    return training.recipe.noise_high > 0 if training else None


def _model(model: Checkpoint) -> dict[str, Any]:
    training = model.metrics.training
    return {
        "saw_noise": _saw_noise(model),
        "projected": model.latent_map.is_projected,
        "latent_dim": model.model.config.latent_dim,
        "test_images": len(model.latent_map.index),
        "box": vars(model.latent_map.box()),
        "checksum": model.checksum,
        "trained": ((training and training.finished) or "undated")[:10],
        "unusual_above": model.metrics.unusual_above,
    }


def _examples(engine: Engine) -> dict[int, int]:
    """Position in the test set of an example of each class, by the class's number; of a class without one, none."""
    plane = next(iter(engine.checkpoints.values())).latent_map
    labels = dict(zip(plane.index.tolist(), plane.labels.tolist(), strict=True))
    if engine.classes == CLASSES and [labels.get(index) for index in SAMPLES] == list(range(len(CLASSES))):
        return dict(enumerate(SAMPLES))
    first = {label: index for index, label in sorted(labels.items(), reverse=True)}
    return dict(sorted(first.items()))
