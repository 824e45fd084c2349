"""A trained model's folder: the names of its files, their checksums, and how it is loaded as a whole or not at all."""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch
from PIL import Image
from torch import Tensor

from autoencoder import files
from autoencoder.model.network import Autoencoder
from autoencoder.weights import file_checks, latent_map, noisy_codes, tensor_file
from autoencoder.weights.file_checks import DamageError
from autoencoder.weights.latent_map import LatentMap
from autoencoder.weights.records import Metrics

WEIGHTS_FILE: Final = "model.safetensors"
CONFIG_FILE: Final = "config.json"
METRICS_FILE: Final = "metrics.json"
MAP_FILE: Final = "latent_map.npz"
CARD_FILE: Final = "README.md"
ATLAS_FILE: Final = "atlas.webp"
DEFAULT_ORDER: Final = ("denoising", "basic")


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
    metrics: Metrics
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
    folder = folder.resolve() if folder.name in ("", "..") else folder
    if not file_checks.is_name(folder.name):
        cause = "is not a name for a model: letters, digits, spaces and . _ - + , ( ), at most 64 characters"
        raise CheckpointError(f"{folder.with_name(file_checks.printable(folder.name))} {cause}.", "", cause)
    try:
        metrics = file_checks.record(folder / METRICS_FILE, Metrics)
        weights = file_checks.read(folder / WEIGHTS_FILE, file_checks.MAX_WEIGHTS)
        checksum = hashlib.sha256(weights).hexdigest()
        if metrics.weights_sha256 != checksum:
            raise DamageError(folder / WEIGHTS_FILE, f"is not the file that {METRICS_FILE} describes")
        config = file_checks.config(folder / CONFIG_FILE)
        trained = metrics.training and metrics.training.recipe.model
        if trained and asdict(trained) != asdict(config):
            raise DamageError(folder / CONFIG_FILE, f"is not the configuration that {METRICS_FILE} describes")
        model = tensor_file.model(folder / WEIGHTS_FILE, weights, config)
        classes = file_checks.card(folder / CARD_FILE).class_names
        plane = file_checks.latent_map(folder / MAP_FILE, config, len(classes))
        atlas = file_checks.atlas(folder / ATLAS_FILE)
    except DamageError as error:
        raise CheckpointError(
            f"{error}. Restore the folder with 'git checkout -- {folder}', rebuild it with 'python -m "
            f"autoencoder.train', or, if only the numbers are old, measure it again with 'python -m "
            f"autoencoder.evaluate {folder}'.",
            error.path.name,
            error.cause,
        ) from error
    return Checkpoint(folder.name, folder, model.to(device), plane, metrics, classes, checksum, atlas)


def load_all(root: str | os.PathLike[str], device: torch.device | str = "cpu") -> dict[str, Checkpoint]:
    """Load every model below ``root``, the denoising one first.

    Raises:
        CheckpointError: if there is none or one is damaged.
    """
    return {folder.name: load(folder, device) for folder in folders(root)}


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
    for folder in folders(root):
        try:
            sound[folder.name] = _of_the_same_data(load(folder, device), sound)
        except CheckpointError as error:
            damaged[folder.name] = error
    if not sound:
        causes = "; ".join(
            f"{Path(root, file_checks.printable(name), error.file)} {error.cause}" for name, error in damaged.items()
        )
        raise CheckpointError(
            f"{root} holds no model that can be served: {causes}. Restore it with 'git checkout -- {root}', or "
            "rebuild it with 'python -m autoencoder.train'."
        )
    return sound, damaged


def _of_the_same_data(model: Checkpoint, others: Mapping[str, Checkpoint]) -> Checkpoint:
    """``model``, if the class names that the page takes from the first of ``others`` suffice for it."""
    first = next(iter(others.values()), model)
    if model.latent_map.labels.max() < len(first.classes):
        return model
    cause = f"names more classes than the {len(first.classes)} of the model {first.name}"
    raise CheckpointError(f"{model.folder / CARD_FILE} {cause}: they are of different data.", CARD_FILE, cause)


def folders(root: str | os.PathLike[str]) -> list[Path]:
    """The models' folders below ``root``, sound or not, the denoising one first.

    Raises:
        CheckpointError: if there is none.
    """
    try:
        found = [path for path in Path(root).iterdir() if path.name[0] != "." and path.is_dir() and _is_model(path)]
    except OSError:
        found = []
    if not found:
        raise CheckpointError(
            f"{root} holds no model. Name the right folder in AUTOENCODER_WEIGHTS, or build the models with "
            "'python -m autoencoder.train'."
        )
    ranks = {name: rank for rank, name in enumerate(DEFAULT_ORDER)}
    return sorted(found, key=lambda folder: (ranks.get(folder.name, len(ranks)), folder.name))


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
        config = file_checks.config(Path(folder, CONFIG_FILE))
        path = Path(folder, WEIGHTS_FILE)
        model = tensor_file.model(path, file_checks.read(path, file_checks.MAX_WEIGHTS), config)
    except DamageError as error:
        raise CheckpointError(
            f"{folder} holds no model that can be read ({error}). Name a folder that has {WEIGHTS_FILE} and "
            f"{CONFIG_FILE}, such as weights/denoising, or build it with 'python -m autoencoder.train'.",
            error.path.name,
            error.cause,
        ) from error
    return model.to(device)


def write_map(model: Autoencoder, images: Tensor, labels: Tensor, folder: Path) -> LatentMap:
    """Write a model's map of all test images, what noise does to it, and its decoded backdrop.

    Args:
        model: of the folder.
        images: ``(T, 1, 28, 28)`` in [0, 1].
        labels: ``(T,)`` class numbers.
        folder: the model's.

    Raises:
        OSError: if they cannot be written.
    """
    plane = latent_map.build(model, images, labels)
    plane.save(folder / MAP_FILE)
    files.write_bytes(folder / noisy_codes.FILE, noisy_codes.build(model, images, plane).to_bytes())
    atlas = io.BytesIO()
    Image.fromarray(latent_map.atlas(model, plane)).save(atlas, "WEBP", quality=70, method=6)
    files.write_bytes(folder / ATLAS_FILE, atlas.getvalue())
    return plane


def write_json(path: Path, content: object) -> None:
    """Write JSON to ``path`` in one step: a reader, or a crash, sees the old content or the new."""
    files.write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())


def sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
