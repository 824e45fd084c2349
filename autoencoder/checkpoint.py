"""The weights/ folder: save atomically, verify, load."""

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
import safetensors.torch
import torch
from huggingface_hub import metadata_load
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor

from autoencoder import files
from autoencoder.classes import CLASSES
from autoencoder.latent_map import LatentMap
from autoencoder.model import Autoencoder, ModelConfig

WEIGHTS_FILE: Final = "model.safetensors"
CONFIG_FILE: Final = "config.json"
CARD_FILE: Final = "README.md"
METRICS_FILE: Final = "metrics.json"
MAP_FILE: Final = "latent_map.npz"
ATLAS_FILE: Final = "atlas.webp"
SAMPLES_FILE: Final = "samples.png"
SAMPLES_PREVIEW_FILE: Final = "samples.webp"
SAMPLE_COLUMNS: Final = 100
DEFAULT_ORDER: Final = ("denoising", "basic")

_SIDE: Final = 28


class CheckpointError(RuntimeError):
    """Weights are missing or damaged; the message says what to do."""


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


def load(folder: str | os.PathLike[str], device: torch.device | str = "cpu") -> Checkpoint:
    """Load and verify one model's folder.

    Raises:
        CheckpointError: if a file is missing or damaged, or the weights are not those that
            ``metrics.json`` was measured on.
    """
    folder = Path(folder)
    try:
        metrics = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
        checksum = sha256(folder / WEIGHTS_FILE)
        model = load_model(folder, device)
        latent_map = LatentMap.load(folder / MAP_FILE)
        classes = class_names(folder / CARD_FILE)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise CheckpointError(
            f"{folder} cannot be loaded ({error}). Restore it with 'git checkout -- {folder}', or rebuild "
            "it with 'python -m autoencoder.train'."
        ) from error
    if metrics.get("weights_sha256") != checksum:
        raise CheckpointError(
            f"{folder / WEIGHTS_FILE} is not the file that {METRICS_FILE} describes. Restore the folder with "
            f"'git checkout -- {folder}', or measure it again with 'python -m autoencoder.evaluate {folder}'."
        )
    return Checkpoint(folder.name, folder, model, latent_map, metrics, classes, checksum)


def load_all(root: str | os.PathLike[str], device: torch.device | str = "cpu") -> dict[str, Checkpoint]:
    """Load every model below ``root``, the denoising one first.

    Raises:
        CheckpointError: if there is none or one is damaged.
    """
    names = sorted(
        (path.parent.name for path in Path(root).glob(f"*/{CONFIG_FILE}")),
        key=lambda name: (DEFAULT_ORDER.index(name) if name in DEFAULT_ORDER else len(DEFAULT_ORDER), name),
    )
    if not names:
        raise CheckpointError(
            f"{root} holds no model. Name the right folder in AUTOENCODER_WEIGHTS, or build the models with "
            "'python -m autoencoder.train'."
        )
    return {name: load(Path(root, name), device) for name in names}


def load_model(folder: str | os.PathLike[str], device: torch.device | str = "cpu") -> Autoencoder:
    """Load one model's weights alone, in eval mode, whatever else its folder holds.

    Raises:
        CheckpointError: if the folder holds no readable model.
    """
    try:
        model = Autoencoder(ModelConfig(**json.loads(Path(folder, CONFIG_FILE).read_text(encoding="utf-8"))))
        safetensors.torch.load_model(model, Path(folder, WEIGHTS_FILE))
    except (OSError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} holds no model that can be read ({error}). Name a folder that has {WEIGHTS_FILE} and "
            f"{CONFIG_FILE}, such as weights/denoising, or build it with 'python -m autoencoder.train'."
        ) from error
    return model.to(device).eval()


def class_names(card: Path) -> tuple[str, ...]:
    """The names of the dataset's classes in a model card's front matter; Fashion-MNIST's if it has none.

    Raises:
        OSError, ValueError: if the card cannot be read.
    """
    front_matter = metadata_load(card) or {}
    names = front_matter.get("class_names", CLASSES)
    if not isinstance(names, list | tuple) or not names:
        raise ValueError(f"{card.name} has no list of class_names")
    return tuple(map(str, names))


def write_json(path: Path, content: object) -> None:
    """Write JSON to ``path`` in one step: a reader sees the old content or the new."""
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
    picture.save(root / SAMPLES_FILE, optimize=True)
    picture.save(root / SAMPLES_PREVIEW_FILE, quality=60, method=6)


def load_samples(root: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read what :func:`save_samples` wrote: ``(N, 28, 28)`` grey levels in [0, 255].

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    path = Path(root, SAMPLES_FILE)
    try:
        with Image.open(path) as picture:
            sprite = np.asarray(picture.convert("L"))
        grid = sprite.reshape(-1, _SIDE, SAMPLE_COLUMNS, _SIDE)
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}). Restore it with 'git checkout -- {path}', or rebuild it with "
            "'python -m autoencoder.train'."
        ) from error
    return grid.transpose(0, 2, 1, 3).reshape(-1, _SIDE, _SIDE)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A scratch folder that takes the place of ``target`` if the block succeeds, else vanishes.

    A reader of ``target`` sees the old folder or the new one, never a mixture.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
        if target.exists():
            target.rename(old / target.name)
        scratch.rename(target)
        shutil.rmtree(old)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
