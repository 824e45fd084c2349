"""What callers send as JSON, checked by pydantic: no type stands for another, and nothing is sent in vain."""

from collections.abc import Iterable
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autoencoder.inference.engine import InputError
from autoencoder.model.config import PIXELS

MAX_PLACES: Final = 64
_M = TypeVar("_M", bound=BaseModel)


class Message(BaseModel):
    """A JSON object with the fields that are declared and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, val_json_bytes="base64")


class PictureRequest(Message):
    """Asks for the code of one image."""

    image: Annotated[bytes, Field(min_length=PIXELS, max_length=PIXELS)]
    """Grey levels, in base64."""
    model: str


class StripRequest(PictureRequest):
    """Asks for all noise levels of one image."""

    noise: str
    seed: int


class PlacesRequest(Message):
    """Asks for the images at some places of a model's plane."""

    places: Annotated[list[tuple[float, float]], Field(min_length=1, max_length=MAX_PLACES)]
    model: str


def read(body: bytes, kind: type[_M]) -> _M:
    """The message of a request's body.

    Raises:
        InputError: a sentence, if it is not JSON of that kind.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise InputError(first_fault(error, kind.model_fields)) from error


def first_fault(error: ValidationError, fields: Iterable[str] = ()) -> str:
    """The first thing that is wrong, as a sentence; ``fields`` are all that there may be."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "The request is not JSON."
    if first["type"] == "extra_forbidden":
        return f"The request must have nothing but {', '.join(fields)}."
    if not first["loc"]:
        return "The request must be a JSON object."
    where, what = ".".join(map(str, first["loc"])), first["msg"].replace("a valid bytes", "text in base64")
    return f"Wrong at {where!r} in the request: {what[0].lower()}{what[1:]}."
