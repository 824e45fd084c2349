"""The weights/ folder: save atomically, verify, load."""

import hashlib
import io
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from autoencoder import files
from autoencoder.model.network import Autoencoder, ModelConfig
from autoencoder.weights import validation
from autoencoder.weights.latent_map import LatentMap
from autoencoder.weights.validation import DamageError

WEIGHTS_FILE: Final = "model.safetensors"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"
MAP_FILE: Final = "latent_map.npz"
CARD_FILE: Final = "README.md"
ATLAS_FILE: Final = "atlas.webp"
SAMPLES_FILE: Final = "samples.png"
SAMPLES_PREVIEW_FILE: Final = "samples.webp"
SAMPLE_COLUMNS: Final = 100
DEFAULT_ORDER: Final = ("denoising", "basic")

_SIDE: Final = 28


class CheckpointError(RuntimeError):
    """Weights are missing or damaged; the message says what to do.

    Args:
        message: for whoever runs the program, with paths.
        file: name of the file that is to blame, without its folders, or "".
        cause: what is wrong with it, to be read after its name, or "".
    """

    def __init__(self, message: str, file: str = "", cause: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.cause = cause


@dataclass(frozen=True)
class Checkpoint:
    """A trained model with all that the app shows about it."""

    name: str
    folder: Path
    model: Autoencoder
    """In eval mode, on the device it was loaded to."""
    latent_map: LatentMap
    metrics: dict[str, Any]
    """The content of ``metrics.json``."""
    classes: tuple[str, ...]
    """Names of the dataset's classes, from the card."""
    checksum: str
    """SHA-256 of the weights file, 64 hexadecimal digits."""
    atlas: bytes
    """The map's decoded backdrop, a WebP file."""


def load(folder: str | os.PathLike[str], device: torch.device | str = "cpu") -> Checkpoint:
    """Load and verify one model's folder. Each file is read once: what is checked is what is used.

    Raises:
        CheckpointError: if a file is missing or damaged, or the weights are not those that
            ``metrics.json`` was measured on.
    """
    folder = Path(folder)
    try:
        metrics = validation.read_json(folder / METRICS_FILE)
        weights = validation.read(folder / WEIGHTS_FILE, validation.MAX_WEIGHTS)
        checksum = hashlib.sha256(weights).hexdigest()
        if metrics.get("weights_sha256") != checksum:
            raise DamageError(folder / WEIGHTS_FILE, f"is not the file that {METRICS_FILE} describes")
        config = validation.config(folder / CONFIG_FILE)
        validation.check_metrics(folder / METRICS_FILE, metrics, config)
        model = validation.model(folder / WEIGHTS_FILE, weights, config)
        latent_map = _load_map(folder / MAP_FILE, config)
        atlas = validation.read(folder / ATLAS_FILE)
        validation.check_atlas(folder / ATLAS_FILE, atlas)
        classes = validation.class_names(folder / CARD_FILE)
        if latent_map.labels.max() >= len(classes):
            raise DamageError(folder / MAP_FILE, f"names more classes than {CARD_FILE} does")
    except DamageError as error:
        raise CheckpointError(
            f"{error}. Restore the folder with 'git checkout -- {folder}', rebuild it with 'python -m "
            f"autoencoder.train', or, if only the numbers are old, measure it again with 'python -m "
            f"autoencoder.evaluate {folder}'.",
            error.path.name,
            error.cause,
        ) from error
    return Checkpoint(folder.name, folder, model.to(device), latent_map, metrics, classes, checksum, atlas)


def _load_map(path: Path, config: ModelConfig) -> LatentMap:
    try:
        plane = LatentMap.from_bytes(validation.read(path))
    except DamageError:
        raise
    except ValueError as error:
        raise DamageError(path, str(error)) from error
    if plane.latent_dim != config.latent_dim:
        raise DamageError(path, f"is the map of a model with {plane.latent_dim} numbers, not {config.latent_dim}")
    return plane


def load_all(root: str | os.PathLike[str], device: torch.device | str = "cpu") -> dict[str, Checkpoint]:
    """Load every model below ``root``, the denoising one first.

    Raises:
        CheckpointError: if there is none or one is damaged.
    """
    return {name: load(Path(root, name), device) for name in _names(Path(root))}


def load_sound(
    root: str | os.PathLike[str], device: torch.device | str = "cpu"
) -> tuple[dict[str, Checkpoint], dict[str, CheckpointError]]:
    """Load the models below ``root`` that are sound, the denoising one first.

    Returns:
        The models by name, and by name what is wrong with the others.

    Raises:
        CheckpointError: if none is sound; the message names what is wrong with each.
    """
    sound: dict[str, Checkpoint] = {}
    damaged: dict[str, CheckpointError] = {}
    for name in _names(Path(root)):
        try:
            sound[name] = load(Path(root, name), device)
        except CheckpointError as error:
            damaged[name] = error
    if not sound:
        causes = "; ".join(f"{Path(root, name, error.file)} {error.cause}" for name, error in damaged.items())
        raise CheckpointError(
            f"{root} holds no model that can be served: {causes}. Restore it with 'git checkout -- {root}', or "
            "rebuild it with 'python -m autoencoder.train'."
        )
    return sound, damaged


def _names(root: Path) -> list[str]:
    try:
        names = [path.name for path in root.iterdir() if path.name[0] != "." and path.is_dir() and _is_model(path)]
    except OSError:
        names = []
    if not names:
        raise CheckpointError(
            f"{root} holds no model. Name the right folder in AUTOENCODER_WEIGHTS, or build the models with "
            "'python -m autoencoder.train'."
        )
    return sorted(
        names, key=lambda name: (DEFAULT_ORDER.index(name) if name in DEFAULT_ORDER else len(DEFAULT_ORDER), name)
    )


def _is_model(folder: Path) -> bool:
    """Whether a folder is, or was, a model's: one file of several is enough to miss the others."""
    try:
        return not {WEIGHTS_FILE, CONFIG_FILE, METRICS_FILE, MAP_FILE}.isdisjoint(
            path.name for path in folder.iterdir()
        )
    except OSError:
        return True  # loading it will say why


def load_model(folder: str | os.PathLike[str], device: torch.device | str = "cpu") -> Autoencoder:
    """Load one model's weights alone, in eval mode, whatever else its folder holds.

    Raises:
        CheckpointError: if the folder holds no readable model.
    """
    try:
        config = validation.config(Path(folder, CONFIG_FILE))
        path = Path(folder, WEIGHTS_FILE)
        model = validation.model(path, validation.read(path, validation.MAX_WEIGHTS), config)
    except DamageError as error:
        raise CheckpointError(
            f"{folder} holds no model that can be read ({error}). Name a folder that has {WEIGHTS_FILE} and "
            f"{CONFIG_FILE}, such as weights/denoising, or build it with 'python -m autoencoder.train'.",
            error.path.name,
            error.cause,
        ) from error
    return model.to(device)


def write_json(path: Path, content: object) -> None:
    """Write JSON to ``path`` in one step: a reader, or a crash, sees the old content or the new."""
    files.write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())


def sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def save_samples(images: Tensor, root: Path) -> None:
    """Write test thumbnails ``(N, 1, 28, 28)`` in [0, 1] as two sprites, 100 thumbnails a row.

    The last row is filled up with black. ``samples.png`` is exact; ``samples.webp`` is the smaller, lossy
    one that browsers fetch.
    """
    pixels = (images.cpu() * 255).round().to(torch.uint8)
    rows = math.ceil(len(pixels) / SAMPLE_COLUMNS)
    pixels = torch.cat([pixels, pixels.new_zeros(rows * SAMPLE_COLUMNS - len(pixels), 1, _SIDE, _SIDE)])
    grid = pixels.reshape(rows, SAMPLE_COLUMNS, _SIDE, _SIDE)
    sprite = grid.permute(0, 2, 1, 3).reshape(rows * _SIDE, SAMPLE_COLUMNS * _SIDE)
    picture = Image.fromarray(sprite.numpy())
    exact, small = io.BytesIO(), io.BytesIO()
    picture.save(exact, "PNG", optimize=True)
    picture.save(small, "WEBP", quality=60, method=6)
    files.write_bytes(root / SAMPLES_FILE, exact.getvalue())
    files.write_bytes(root / SAMPLES_PREVIEW_FILE, small.getvalue())


def load_samples(root: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read what :func:`save_samples` wrote: ``(N, 28, 28)`` grey levels in [0, 255].

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    path = Path(root, SAMPLES_FILE)
    try:
        with Image.open(io.BytesIO(validation.read(path)), formats=("PNG",)) as picture:
            sprite = np.asarray(picture.convert("L"))
        grid = sprite.reshape(-1, _SIDE, SAMPLE_COLUMNS, _SIDE)
    except Exception as error:  # decoders answer damage with nearly any exception
        cause = error.cause if isinstance(error, DamageError) else "is not a readable picture"
        raise CheckpointError(
            f"{path} {cause}. Restore it with 'git checkout -- {path}', or rebuild it with 'python -m "
            "autoencoder.train'.",
            path.name,
            cause,
        ) from error
    return grid.transpose(0, 2, 1, 3).reshape(-1, _SIDE, _SIDE)
