"""The pictures of programs: uploads, of which only what the models see is kept, and results, as PNGs to be fetched.

All in memory, but for the temporary file through which a large upload comes.
"""

import io
import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture_file import PictureError, open_picture
from autoencoder.data.preparation import prepare
from autoencoder.web.routes.upload import decoders
from autoencoder.web.security.allow_list import API
from autoencoder.web.security.errors import RefusalError

_T = TypeVar("_T")
MAX_AGE: Final = 1800.0
"""Seconds after which everything goes."""
MAX_FILES: Final = 4
"""Files of one upload."""
_UPLOADS: Final = 8192
"""Some 4 kB each."""
_RESULTS: Final = 32_768
"""Some 1 kB each: what two cores make in more than a minute."""


class Store(Generic[_T]):
    """The latest ``size`` values, each for at most half an hour, under names that cannot be guessed.

    For use from any thread.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, tuple[float, _T]] = OrderedDict()
        self._lock = Lock()

    def put(self, value: _T) -> str:
        """Keep a value; returns its name of 43 letters, digits, - and _."""
        name, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            self._values[name] = (now, value)
            self._forget(now)
        return name

    def get(self, name: str) -> _T | None:
        """The value of a name; None if there is none, or none any more."""
        with self._lock:
            self._forget(time.monotonic())
            found = self._values.get(name)
        return None if found is None else found[1]

    def __len__(self) -> int:
        return len(self._values)

    def _forget(self, now: float) -> None:
        while self._values:
            put_at, _ = next(iter(self._values.values()))
            if len(self._values) <= self._size and now - put_at < MAX_AGE:
                return
            self._values.popitem(last=False)


class Files:
    """Keeps the latest uploads and results for half an hour."""

    def __init__(self) -> None:
        self._uploads: Store[Tensor | str] = Store(_UPLOADS)
        self._results: Store[bytes] = Store(_RESULTS)

    def upload(self, path: object) -> Tensor | str | None:
        """What the models see of an upload, ``(1, 1, 28, 28)`` in [0, 1]; a sentence if it is no picture of use."""
        name = path.removeprefix("uploads/") if isinstance(path, str) else ""
        return self._uploads.get(name)

    async def receive(self, content: bytes) -> str:
        """Take a picture file; returns the path that names it to the endpoints.

        What cannot be used is said when it is used, for Gradio's clients show no words of an upload.
        """
        async with decoders():
            try:
                seen: Tensor | str = await run_in_threadpool(lambda: prepare(open_picture(content)).image)
            except PictureError as error:
                seen = str(error)
        return f"uploads/{self._uploads.put(seen)}"

    def keep(self, pixels: NDArray[np.uint8]) -> dict[str, Any]:
        """Keep a result ``(H, W)`` or ``(H, W, 3)``; returns what names it to Gradio's clients."""
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG", compress_level=1)
        path = f"results/{self._results.put(file.getvalue())}/image.png"
        return {"path": path, "orig_name": "image.png", "meta": {"_type": "gradio.FileData"}}

    def result(self, path: str) -> bytes | None:
        """The PNG of a path that :meth:`keep` told; None if there is none, or none any more."""
        return self._results.get(path.removeprefix("results/").removesuffix("/image.png"))

    def routes(self) -> list[Route]:
        """Where programs send their pictures to and fetch the results from."""
        return [
            Route(f"{API}/upload", self._receive, methods=["POST"]),
            Route(f"{API}/upload/", self._receive, methods=["POST"]),
            Route(f"{API}/file=results/{{name}}/image.png", self._send),
        ]

    async def _receive(self, request: Request) -> Response:
        try:
            form = await request.form(max_files=MAX_FILES, max_fields=MAX_FILES)
        except (HTTPException, UnicodeError) as error:
            raise RefusalError(400, f"An upload must be multipart/form-data of at most {MAX_FILES} files.") from error
        files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
        if not files:
            raise RefusalError(400, "An upload must be multipart/form-data with a file in its field 'files'.")
        return JSONResponse([await self.receive(await each.read()) for each in files])

    async def _send(self, request: Request) -> Response:
        content = self.result(request.path_params["name"])
        if content is None:
            raise RefusalError(404, "This picture is gone, or never was.")
        return Response(content, media_type="image/png", headers={"Cache-Control": "private, max-age=1800"})
