"""A small HTTP/1.1 client: on two cores that it shares with the server, a full one would measure itself."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

_END_OF_HEAD: Final = b"\r\n\r\n"
_LARGEST: Final = 16 * 2**20
"""Bytes of an answer's head or chunk, beyond which something is wrong."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes


class Connection:
    """One client's connection, kept alive between its requests and opened again when the server closes it.

    Args:
        url: the server, ``http://host:port``.
        limit: seconds that a request may take.
    """

    def __init__(self, url: str, limit: float) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._limit = limit
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def get(self, path: str) -> Reply:
        """Ask for a path and read the whole answer, an event stream to its end.

        Raises:
            OSError: if the connection fails (a TimeoutError is one).
            ValueError: if the answer is not HTTP.
        """
        return await self._ask("GET", path, b"", "")

    async def post(self, path: str, content: Any) -> Reply:
        """Send JSON; raises as :meth:`get`."""
        return await self._ask("POST", path, json.dumps(content).encode(), "application/json")

    async def upload(self, path: str, name: str, content: bytes) -> Reply:
        """Send a file as a form does; raises as :meth:`get`."""
        border = uuid.uuid4().hex
        head = f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{border}--\r\n".encode()
        return await self._ask("POST", path, body, f"multipart/form-data; boundary={border}")

    def close(self) -> None:
        """Close the connection, also in the middle of an answer."""
        if self._streams:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> Reply:
        host, port = self._address
        head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n"
        request = (head + (f"Content-Type: {kind}\r\n" if kind else "") + "\r\n").encode() + body
        try:
            async with asyncio.timeout(self._limit):
                kept = self._streams is not None
                try:
                    return await self._exchange(request)
                except (asyncio.IncompleteReadError, ConnectionError):
                    self.close()
                    if not kept:
                        raise
                    # The server had closed an idle connection: that is its right, and no failure.
                    return await self._exchange(request)
        except asyncio.IncompleteReadError as error:
            self.close()
            raise ConnectionError("The server closed the connection within an answer.") from error
        except BaseException:
            self.close()
            raise

    async def _exchange(self, request: bytes) -> Reply:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address, limit=_LARGEST)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(_END_OF_HEAD)).lower()
        status = int(head.split(b" ", 2)[1])
        if b"\r\ntransfer-encoding: chunked\r\n" in head:
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(_header(head, b"content-length") or 0))
        if _header(head, b"connection") == b"close":
            self.close()
        return Reply(status, body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        part = await reader.readexactly(size + 2)
        if not size:
            return b"".join(parts)
        parts.append(part[:-2])


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    return head[start : head.index(b"\r\n", start)].strip()
