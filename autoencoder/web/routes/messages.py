"""What callers send as JSON, checked by pydantic: no type stands for another, and nothing is sent in vain."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from autoencoder.inference.engine import InputError

_M = TypeVar("_M", bound=BaseModel)


class Message(BaseModel):
    """A JSON object with the fields that are declared and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Picture(Message):
    """Asks for the code of one image."""

    image: str
    """Base64 of 784 grey levels."""
    model: str


class Strip(Picture):
    """Asks for all noise levels of one image."""

    noise: str
    seed: int


class Place(Message):
    """Asks for what lies at a place of a model's plane."""

    x: float
    y: float
    model: str


class Places(Message):
    """Asks for the images at some places of a model's plane."""

    places: list[tuple[float, float]]
    model: str


def read(body: bytes, kind: type[_M]) -> _M:
    """The message of a request's body.

    Raises:
        InputError: a sentence, if it is not JSON of that kind.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise InputError(_sentence(error, kind)) from error


def _sentence(error: ValidationError, kind: type[BaseModel]) -> str:
    """The first thing that is wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "The request is not JSON."
    if first["type"] == "extra_forbidden":
        return f"The request must have nothing but {', '.join(kind.model_fields)}."
    if not first["loc"]:
        return "The request must be a JSON object."
    where = ".".join(map(str, first["loc"]))
    return f"Wrong at {where!r} in the request: {first['msg'][0].lower()}{first['msg'][1:]}."
