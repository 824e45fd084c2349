"""Reading requests that may be too long, too slow or endless."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.types import Message, Receive

MAX_BODY: Final = 10_485_760
"""Bytes of an upload with all that surrounds the picture: 10 MiB, so that a picture of 10 MB fits."""
MAX_JSON: Final = 262_144
MAX_FILES: Final = 4
"""Files and fields of one upload. Each is an open file while it arrives."""
CHUNK_WAIT: Final = 10.0
BODY_WAIT: Final = 120.0
_DRAIN_WAIT: Final = 3.0
_DRAIN_BYTES: Final = 64_000_000


class BodyError(Exception):
    """A body that is not read to its end; the sentence says why, ``status`` is the answer's."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Body:
    """A request's body within its bounds: length in bytes, seconds in all and between two chunks."""

    def __init__(self, receive: Receive, headers: Mapping[str, str], limit: int) -> None:
        """Bound what ``receive`` brings.

        Raises:
            BodyError: if the length that the headers tell is already too much.
        """
        self._receive, self._limit = receive, limit
        self._deadline = time.monotonic() + BODY_WAIT
        self._length = 0
        self._boundary = boundary(headers)
        self._parts = 0
        self._tail = b""
        self.is_complete = False
        told = headers.get("content-length", "0")
        if not told.isascii() or not told.isdigit():
            raise BodyError(400, "The length of the request is not a number.")
        if int(told[:20]) > limit:
            raise self._too_long()

    async def receive(self) -> Message:
        """The next message of the request, as an ASGI application asks for it.

        Raises:
            BodyError: if it comes too late, or exceeds the limit.
        """
        if self.is_complete:
            return await self._receive()  # whoever asks now waits for the visitor to go
        try:
            wait = min(CHUNK_WAIT, self._deadline - time.monotonic())
            message = await asyncio.wait_for(self._receive(), wait)
        except TimeoutError as error:
            raise BodyError(408, "The request took too long to arrive. Send it again.") from error
        if message["type"] == "http.request":
            self._count(message.get("body", b""))
            self.is_complete = not message.get("more_body", False)
        else:
            self.is_complete = True
        return message

    async def read(self) -> bytes | None:
        """All of the body, None when the visitor has gone.

        Raises:
            BodyError: as ``receive``.
        """
        chunks = []
        while not self.is_complete:
            message = await self.receive()
            if message["type"] != "http.request":
                return None
            chunks.append(message.get("body", b""))
        return b"".join(chunks)

    def _count(self, chunk: bytes) -> None:
        self._length += len(chunk)
        if self._length > self._limit:
            raise self._too_long()
        if self._boundary:
            seen = self._tail + chunk
            self._parts += seen.count(self._boundary)
            self._tail = seen[-(len(self._boundary) - 1) :]
            if self._parts > MAX_FILES + 1:
                raise BodyError(413, f"Upload at most {MAX_FILES} files at once.")

    def _too_long(self) -> BodyError:
        size = f"{self._limit // 1_048_576} MB" if self._limit >= 1_048_576 else f"{self._limit // 1024} kB"
        return BodyError(413, f"The request is longer than {size}. Send less.")


class Source:
    """A request's messages as they come, and whether there are more."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.has_more = True

    async def receive(self) -> Message:
        """The next message."""
        message = await self._receive()
        self.has_more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read what still comes, for a while: a sender listens for the answer only when it has sent."""
        left, deadline = _DRAIN_BYTES, time.monotonic() + _DRAIN_WAIT
        while self.has_more and left > 0 and (wait := deadline - time.monotonic()) > 0:
            try:
                message = await asyncio.wait_for(self.receive(), wait)
            except TimeoutError:
                return
            left -= len(message.get("body", b""))


def boundary(headers: Mapping[str, str]) -> bytes:
    """What stands before each part of a multipart body, read as Gradio reads it; empty if the body is none."""
    kind, options = parse_options_header(headers.get("content-type", ""))
    found = options.get(b"boundary")
    return b"--" + found if kind == b"multipart/form-data" and found else b""
