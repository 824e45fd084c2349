"""Whether a model's files are what they claim to be. Files are read whole, once: what is checked is what is used."""

import csv
import io
import re
import unicodedata
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import yaml
from PIL import Image
from pydantic import Field, TypeAdapter, ValidationError

from autoencoder import files
from autoencoder.model.config import IMAGE_SHAPE, ModelConfig
from autoencoder.model.layers import DECODERS, ENCODERS
from autoencoder.weights.latent_map import LatentMap
from autoencoder.weights.noisy_codes import NoisyCodes
from autoencoder.weights.records import Card, CheckedConfig, Epoch

MAX_TEXT: Final = 1024**2
MAX_WEIGHTS: Final = 512 * 1024**2
MAX_OTHER: Final = 64 * 1024**2
_MAX_FRONT_MATTER: Final = 64 * 1024
"""Of a card, in characters."""
_MAX_DEPTH: Final = 32
_MAX_NAME: Final = 64
_NAME_MARKS: Final = " ._-+,()"
_SHOWN: Final = 80
"""Characters of a file's own words that a message repeats."""
_FRONT_MATTER: Final = re.compile(r"---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_YAML: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Written in C where PyYAML came with it: in Python, 3,000 brackets on one line take it a second."""
_EPOCHS: Final[TypeAdapter[tuple[Epoch, ...]]] = TypeAdapter(Annotated[tuple[Epoch, ...], Field(max_length=10_000)])
_T = TypeVar("_T")


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
        if path.stat().st_size > limit:
            raise DamageError(path, f"is longer than {limit // 1024**2} MB")
        content = files.read_regular(path, limit)
    except FileNotFoundError as error:
        raise DamageError(path, "is missing") from error
    except OSError as error:
        raise DamageError(path, f"cannot be read ({error.strerror})") from error
    if not content:
        raise DamageError(path, "is empty")
    return content


def record(path: Path, kind: type[_T]) -> _T:
    """The content of a JSON file as one of :mod:`~autoencoder.weights.records`.

    Raises:
        DamageError: if the file is no JSON, or a value is missing, of the wrong type or out of bounds.
    """
    content = read(path, MAX_TEXT)
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as error:
        raise DamageError(path, _cause(error)) from error


def history(path: Path) -> tuple[Epoch, ...]:
    """The epochs of a training, from its ``history.csv``; raises as :func:`record`."""
    try:
        rows = list(csv.DictReader(io.StringIO(read(path, MAX_TEXT).decode())))
        if all(row.get("validation_mse") == "nan" for row in rows):
            return ()  # it held no images out
        return _EPOCHS.validate_python(rows)
    except ValidationError as error:
        raise DamageError(path, _cause(error)) from error
    except (ValueError, csv.Error) as error:
        raise DamageError(path, "is not a readable table") from error


def _cause(error: ValidationError) -> str:
    """The first complaint, with its place, and without the value: that may be anything."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "is not valid JSON"
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    place = printable(".".join(map(str, first["loc"])))
    return f"has a wrong value at {place} ({message})" if place else f"has a wrong value ({message})"


def printable(text: str) -> str:
    """Text from a file or folder as it may be shown: cut to a bounded length, unprintable characters as "?"."""
    return "".join(each if each.isprintable() else "?" for each in text[:_SHOWN])


def is_name(text: str) -> bool:
    """Whether a folder's name can be a model's: letters, digits and a few marks, which mean nothing in an address."""
    fits = 0 < len(text) <= _MAX_NAME and text == text.strip()
    return fits and all(each in _NAME_MARKS or unicodedata.category(each)[0] in "LMN" for each in text)


def config(path: Path) -> ModelConfig:
    """A model's configuration from its ``config.json``; raises as :func:`record`, and for unknown parts."""
    shape = ModelConfig(**asdict(record(path, CheckedConfig)))
    for name, registry in ((shape.encoder, ENCODERS), (shape.decoder, DECODERS)):
        if name not in registry:
            raise DamageError(path, f"names the encoder or decoder {printable(name)!r}, which is not registered here")
    return shape


def card(path: Path) -> Card:
    """The front matter of a model's card; what it does not say is Fashion-MNIST's.

    Raises:
        DamageError: if the card is missing or not text, or its front matter is damaged, too long, too deep or
            repeats itself by aliases.
    """
    try:
        match = _FRONT_MATTER.match(read(path, MAX_TEXT).decode())
        if match and len(match[1]) > _MAX_FRONT_MATTER:
            raise DamageError(path, f"has more than {_MAX_FRONT_MATTER // 1024} kB of front matter")
        return Card.model_validate(_yaml(match[1]) if match else {})
    except ValidationError as error:
        raise DamageError(path, _cause(error)) from error
    except DamageError:
        raise
    except Exception as error:  # PyYAML answers a bad date, number or key with nearly any exception
        raise DamageError(path, "is not a readable model card") from error


def _yaml(text: str) -> Any:
    # The events are counted before anything is built of them: aliases multiply, and nesting recurses.
    depth = 0
    for event in yaml.parse(text, _YAML):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _MAX_DEPTH:
            raise ValueError("aliases or deep nesting")
    return yaml.load(text, _YAML)


def latent_map(path: Path, shape: ModelConfig, classes: int) -> LatentMap:
    """The map of a model of this configuration, for so many classes.

    Raises:
        DamageError: if the file is damaged, or of another model.
    """
    try:
        plane = LatentMap.from_bytes(read(path))
    except DamageError:
        raise
    except ValueError as error:
        raise DamageError(path, str(error)) from error
    if plane.latent_dim != shape.latent_dim:
        raise DamageError(path, f"is the map of a model with {plane.latent_dim} numbers, not {shape.latent_dim}")
    if plane.labels.max() >= classes:
        raise DamageError(path, f"names more classes than the {classes} of the model card")
    return plane


def noisy_codes(path: Path, plane: LatentMap) -> bytes:
    """The content of a file of noisy codes, of the model that ``plane`` is the map of.

    Raises:
        DamageError: if the file is damaged, or of another map.
    """
    content = read(path)
    try:
        NoisyCodes.from_bytes(content, plane)
    except ValueError as error:
        raise DamageError(path, str(error)) from error
    return content


def atlas(path: Path) -> bytes:
    """The content of an atlas: as :func:`picture`, a square of 28 x 28 cells."""
    content = picture(path, "WEBP", IMAGE_SHAPE[-1])
    with Image.open(io.BytesIO(content), formats=("WEBP",)) as image:
        if image.width != image.height:
            raise DamageError(path, "is not a square")
    return content


def picture(path: Path, kind: str, step: int = 1, most: tuple[int, int] = (4096, 4096)) -> bytes:
    """The content of a picture's file that can be decoded. Its header is checked before it is.

    Args:
        path: of the file.
        kind: format, as Pillow names it.
        step: width and height are multiples of it.
        most: greatest width and height.

    Raises:
        DamageError: if it is not one readable picture of this kind.
    """
    content = read(path)
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as image:
            width, height = image.size
            if width > most[0] or height > most[1] or width % step or height % step:
                raise DamageError(path, f"has a size that does not fit: {width} x {height} pixels")
            if getattr(image, "n_frames", 1) != 1:
                raise DamageError(path, "holds more than one picture")
            image.load()
    except DamageError:
        raise
    except Exception as error:  # decoders answer damage with nearly any exception
        raise DamageError(path, "is not a readable picture") from error
    return content
