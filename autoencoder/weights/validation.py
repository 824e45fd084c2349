"""Whether a model's files are what they claim to be. Files are read whole, once: what is checked is what is used."""

import io
import json
import math
import stat
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final, NoReturn

import safetensors.torch
import torch
import yaml
from PIL import Image
from safetensors import SafetensorError

from autoencoder.data.classes import CLASSES
from autoencoder.model.network import Autoencoder, ModelConfig

MAX_JSON: Final = 4 * 1024**2
MAX_WEIGHTS: Final = 512 * 1024**2
MAX_OTHER: Final = 64 * 1024**2
_CELL: Final = 28
_MAX_ATLAS: Final = 4096
_MOST_CLASSES: Final = 256
_SCORES: Final = ("mse", "psnr", "ssim", "ssim_global")
_BOUNDS: Final = ("mean", "low", "high")
_REPORTED_LEVELS: Final = ("0", "0.25", "0.6")


class DamageError(ValueError):
    """A file cannot be used.

    Args:
        path: of the file.
        cause: what is wrong, to be read after the file's name: "is missing".
    """

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(f"{path} {cause}")
        self.path = path
        self.cause = cause


def read(path: Path, limit: int = MAX_OTHER) -> bytes:
    """Content of a regular file. It is never mapped: a copy over a mapped file would end the process.

    Raises:
        DamageError: if it is missing, no regular file, unreadable, empty or longer than ``limit`` bytes.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            kind = "a folder" if stat.S_ISDIR(about.st_mode) else "a device"
            raise DamageError(path, f"is {kind}, not a file")
        if about.st_size > limit:
            raise DamageError(path, f"is longer than {limit // 1024**2} MB")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DamageError(path, "is missing") from error
    except OSError as error:
        raise DamageError(path, f"cannot be read ({error.strerror})") from error
    if not content:
        raise DamageError(path, "is empty")
    return content


def read_json(path: Path, *, finite: bool = True) -> dict[str, Any]:
    """A JSON object, its numbers finite unless ``finite`` is False (an untouched picture's PSNR is not).

    Raises:
        DamageError: if the file is anything else.
    """
    try:
        content = read(path, MAX_JSON)
        value = json.loads(content, parse_constant=_no_constant, parse_float=_finite) if finite else json.loads(content)
    except DamageError:
        raise
    except (ValueError, RecursionError) as error:
        raise DamageError(path, "is not valid JSON") from error
    if not isinstance(value, dict):
        raise DamageError(path, "is not a JSON object")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is out of range")
    return value


def config(path: Path) -> ModelConfig:
    """A model's configuration from its ``config.json``.

    Raises:
        DamageError: if the file is damaged, or a value unknown, of the wrong kind or out of range.
    """
    values = read_json(path)
    for field in fields(ModelConfig):
        if field.name in values and not _is_like(field.default, values[field.name]):
            raise DamageError(path, f"has a wrong value for {field.name}")
    try:
        return ModelConfig(**values)
    except TypeError as error:
        raise DamageError(path, "names a setting that no model has") from error
    except ValueError as error:
        raise DamageError(path, f"has a wrong value ({str(error).rstrip('.')})") from error


def _is_like(default: object, value: object) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, list) and all(type(each) is int for each in value)
    return type(value) is type(default) or (type(default) is float and type(value) is int)


def model(path: Path, content: bytes, shape: ModelConfig) -> Autoencoder:
    """The model of a configuration with the weights of a safetensors file's ``content``, on the CPU, in eval mode.

    Raises:
        DamageError: if that is no safetensors file, its tensors are not those of such a model, or a weight is
            not finite.
    """
    try:
        tensors = safetensors.torch.load(content)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DamageError(path, "is not a readable safetensors file") from error
    with torch.device("meta"):  # without memory, so that a wrong configuration cannot ask for too much of it
        wanted = {name: (each.shape, each.dtype) for name, each in Autoencoder(shape).state_dict().items()}
    if {name: (each.shape, each.dtype) for name, each in tensors.items()} != wanted:
        raise DamageError(path, "holds other weights than a model of this config.json has")
    if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
        raise DamageError(path, "holds weights that are not finite numbers")
    loaded = Autoencoder(shape)
    loaded.load_state_dict(tensors)
    return loaded.eval()


def check_metrics(path: Path, metrics: Mapping[str, Any], shape: ModelConfig) -> None:
    """Whether ``metrics.json`` holds what the page shows of it, and is of a model of this configuration.

    Raises:
        DamageError: if not. What it lacks altogether is no damage: the page leaves it out.
    """
    try:
        if "results" in metrics:
            for level in {*metrics["results"], *_REPORTED_LEVELS}:
                for score in _SCORES:
                    _numbers(metrics["results"][level][score], *_BOUNDS)
        if "map" in metrics:
            _numbers(metrics["map"], "knn1_accuracy", "knn5_accuracy", "trustworthiness")
        _numbers(metrics.get("amortisation", {}), *metrics.get("amortisation", {}))
        if "training" in metrics:
            _numbers(metrics["training"], "seed", "cpu_seconds", "best_epoch")
            _numbers(metrics["training"]["recipe"], "noise_high")
            _texts(metrics["training"], "command")
        if "versions" in metrics:
            _texts(metrics["versions"], "torch")
        trained = metrics.get("training", {}).get("recipe", {}).get("model")
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DamageError(path, "lacks numbers that it should hold, or has others in their place") from error
    if trained is not None and trained != json.loads(json.dumps(asdict(shape))):
        raise DamageError(path.with_name("config.json"), f"is not the configuration that {path.name} describes")


def _numbers(values: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if type(values[name]) not in (int, float):
            raise TypeError(name)


def _texts(values: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(values[name], str):
            raise TypeError(name)


def class_names(card: Path) -> tuple[str, ...]:
    """The names of the dataset's classes in a model card's front matter; Fashion-MNIST's if it has none.

    Raises:
        DamageError: if the card is missing, or has something else in their place.
    """
    try:
        parts = read(card, MAX_JSON).decode().split("---\n", 2)
        front_matter = yaml.safe_load(parts[1]) if len(parts) == 3 and not parts[0] else {}
        names = front_matter.get("class_names", CLASSES)
    except (UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise DamageError(card, "is not a readable model card") from error
    if not isinstance(names, list | tuple) or not 1 <= len(names) <= _MOST_CLASSES:
        raise DamageError(card, "has no list of class_names")
    return tuple(map(str, names))


def check_atlas(path: Path, content: bytes) -> None:
    """Whether an atlas is a readable WebP of whole cells.

    Raises:
        DamageError: if not.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("WEBP",)) as atlas:
            width, height = atlas.size
            if width != height or width % _CELL or width > _MAX_ATLAS:
                raise DamageError(path, "is not a square of 28 x 28 cells")
            atlas.load()
    except DamageError:
        raise
    except Exception as error:  # decoders answer damage with nearly any exception
        raise DamageError(path, "is not a readable picture") from error
