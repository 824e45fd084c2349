"""The pictures of programs: uploads, of which only what the models see is kept, and results, as PNGs to be fetched.

All in memory, but for the temporary file through which a large upload comes.
"""

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from torch import Tensor

from autoencoder.data.picture_file import PictureError
from autoencoder.inference.engine import InputError
from autoencoder.web.api.store import Store
from autoencoder.web.routes.upload import seen
from autoencoder.web.security import response_headers
from autoencoder.web.security.allow_list import API
from autoencoder.web.security.errors import RefusalError

MAX_AGE: Final = 1800.0
"""Seconds after which everything goes."""
MAX_FILES: Final = 4
"""Files of one upload."""
_UPLOADS: Final = 8192
"""Some 4 kB each."""
_RESULTS: Final = 32_768
"""Some 1 kB each: what two cores make in more than a minute."""


class Pictures:
    """Keeps the latest uploads and results for half an hour."""

    def __init__(self) -> None:
        self._uploads: Store[Tensor | str] = Store(_UPLOADS, MAX_AGE)
        self._results: Store[bytes] = Store(_RESULTS, MAX_AGE)

    def upload(self, sent: object) -> Tensor:
        """What the models see of an upload, ``(1, 1, 28, 28)`` in [0, 1].

        Args:
            sent: what names it: ``{"path": ...}`` as the upload told it.

        Raises:
            InputError: a sentence, if there is no such upload or it is no picture of use.
        """
        path = sent.get("path") if isinstance(sent, dict) else None
        found = self._uploads.get(path.removeprefix("uploads/")) if isinstance(path, str) else None
        if found is None:
            raise InputError(
                "The picture did not arrive. Upload the picture itself, not its address, then send {'path': ...} as "
                "the upload tells it."
            )
        if isinstance(found, str):
            raise InputError(found)
        return found

    async def receive(self, content: bytes) -> str:
        """Take a picture file; returns the path that names it to the endpoints.

        A file that cannot be used is refused by the call that uses it: Gradio's clients show no words of an upload.
        """
        try:
            kept: Tensor | str = (await seen(content)).image
        except PictureError as error:
            kept = str(error)
        return f"uploads/{self._uploads.put(kept)}"

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
        headers = {"Cache-Control": "private, max-age=1800", **response_headers.SANDBOX}
        return Response(content, media_type="image/png", headers=headers)
