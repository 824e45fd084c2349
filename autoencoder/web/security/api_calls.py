"""What may stand in a Gradio request: known functions, plain values, files that this server was given."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import gradio as gr

from autoencoder.web import temporary_files

_TOKEN: Final = re.compile("[A-Za-z0-9_-]{1,64}")
_MAX_TEXT: Final = 10_000
_SCALARS: Final = (str, int, float, bool)


class CallError(ValueError):
    """A request that cannot be run, as a sentence for whoever sent it."""


class Calls:
    """The functions that may be run: the documented endpoints by name, and the page's own by number.

    Gradio hands on whatever JSON it gets: values of a wrong kind, or a path where a number belongs, end in
    a traceback in the log, in a file that is none of the visitor's, or in a request to another machine.
    """

    def __init__(self, page: gr.Blocks) -> None:
        """Read the functions off a page that is laid out."""
        self._files = {
            number: tuple(isinstance(block, gr.Image | gr.File) for block in function.inputs)
            for number, function in page.fns.items()
            if function.fn is not None
        }
        self._numbers = {
            str(function.api_name): number
            for number, function in page.fns.items()
            if number in self._files and function.api_visibility == "public"
        }

    def join(self, body: bytes) -> bytes:
        """The body of ``/queue/join`` that Gradio may read.

        Raises:
            CallError: if it names no function that can be run, or holds what none takes.
        """
        message = read_object(body)
        number, session = message.get("fn_index"), message.get("session_hash")
        if type(number) is not int or number not in self._files:
            raise CallError("There is no such function: 'fn_index' must be the number of one in /config.")
        trigger = message.get("trigger_id")
        if trigger is not None and type(trigger) is not int:
            raise CallError("The 'trigger_id' must be a whole number or null.")
        data = self._data(number, message.get("data"))
        return _dump({"data": data, "fn_index": number, "session_hash": token(session), "trigger_id": trigger})

    def call(self, name: str, body: bytes) -> bytes:
        """The body of ``/call/<name>`` that Gradio may read.

        Raises:
            CallError: if there is no such endpoint, or the body holds what it does not take.
        """
        if name not in self._numbers:
            raise CallError(f"There is no such endpoint: choose one of {', '.join(sorted(self._numbers))}.")
        message = read_object(body)
        answer: dict[str, Any] = {"data": self._data(self._numbers[name], message.get("data"))}
        if message.get("session_hash") is not None:
            answer["session_hash"] = token(message["session_hash"])
        return _dump(answer)

    def cancel(self, body: bytes) -> bytes:
        """The body of ``/cancel`` that Gradio may read.

        Raises:
            CallError: if it names no run.
        """
        message = read_object(body)
        number = message.get("fn_index")
        if type(number) is not int or number not in self._files:
            raise CallError("There is no such function: 'fn_index' must be the number of one in /config.")
        session, event = token(message.get("session_hash")), token(message.get("event_id"))
        return _dump({"session_hash": session, "fn_index": number, "event_id": event})

    def _data(self, number: int, data: Any) -> list[Any]:
        files = self._files[number]
        if not isinstance(data, list) or len(data) != len(files):
            raise CallError(f"The request must have 'data' as a list of {len(files)} values.")
        return [_file(value) if is_file else _plain(value) for value, is_file in zip(data, files, strict=True)]


def token(value: Any) -> str:
    """The name of a session or a run: letters, digits, - and _, at most 64.

    Raises:
        CallError: if it is anything else.
    """
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise CallError("Sessions and runs have names of up to 64 letters, digits, - and _.")
    return value


def read_object(body: bytes) -> Mapping[str, Any]:
    """A JSON object.

    Raises:
        CallError: if the body is none, or holds text that is not Unicode.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallError("The request is not JSON.") from error
    if not isinstance(message, dict):
        raise CallError("The request must be a JSON object.")
    return message


def _file(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    path = value.get("path") if isinstance(value, dict) else None
    if not isinstance(path, str):
        raise CallError("A picture must be an uploaded file: upload it first, then send {'path': ...}.")
    # An address is refused by the upload in its own words, which Gradio's clients show; they show none of a 400.
    if not path.startswith(("http://", "https://")) and not temporary_files.is_ours(path):
        raise CallError("The picture did not arrive. Upload it again.")
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def _plain(value: Any) -> Any:
    # What is of the wrong kind is refused in the function's own words; here only what Gradio would act upon.
    if isinstance(value, list):
        if len(value) > 100 or not all(item is None or isinstance(item, _SCALARS) for item in value):
            raise CallError("A value may be a number, a text, true, false, null, or a short list of those.")
        return [_plain(item) for item in value]
    if value is not None and not isinstance(value, _SCALARS):
        raise CallError("A value may be a number, a text, true, false, null, or a short list of those.")
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        raise CallError(f"A text may have at most {_MAX_TEXT} characters.")
    return value


def _dump(message: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(message, ensure_ascii=False).encode()
    except ValueError as error:  # half of a surrogate pair
        raise CallError("The request holds text that is not Unicode.") from error
