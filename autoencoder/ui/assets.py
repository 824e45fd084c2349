"""Files that browsers may keep for ever: their addresses carry a hash of their content."""

import gzip
import hashlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from starlette.responses import JSONResponse, Response

from autoencoder import checkpoint
from autoencoder.inference import Studio
from autoencoder.latent_map import LatentMap

_FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".js": "text/javascript",
    ".webp": "image/webp",
    ".png": "image/png",
    ".bin": "application/octet-stream",
}
_COMPRESSIBLE: Final = {".js", ".bin"}


class Assets:
    """What the page fetches besides itself, by name. Contents are read when first asked for.

    Args:
        studio: the models, whose atlases, codes and figures are served.
        root: the weights folder, for the shared samples.

    Raises:
        CheckpointError: if a picture that the page cannot do without is missing.
    """

    def __init__(self, studio: Studio, root: Path) -> None:
        self._readers: dict[str, Callable[[], bytes]] = {"plotly.min.js": _plotly}
        self._readers[checkpoint.SAMPLES_PREVIEW_FILE] = _reader(root / checkpoint.SAMPLES_PREVIEW_FILE)
        if (root / "sweep.png").is_file():
            self._readers["sweep.png"] = (root / "sweep.png").read_bytes
        for name, model in studio.checkpoints.items():
            self._readers[f"{name}/{checkpoint.ATLAS_FILE}"] = _reader(model.folder / checkpoint.ATLAS_FILE)
            self._readers[f"{name}/codes.bin"] = _codes_reader(model.latent_map)
            for figure in sorted((model.folder / "figures").glob("*.png")):
                self._readers[f"{name}/figures/{figure.name}"] = figure.read_bytes
        self._content = cache(lambda name: self._readers[name]())
        self._compressed = cache(lambda name: gzip.compress(self._content(name), 9, mtime=0))
        self._version = cache(lambda name: hashlib.sha256(self._content(name)).hexdigest()[:12])

    def url(self, name: str) -> str:
        """Address of an asset, relative to the page.

        Raises:
            KeyError: if there is none of that name.
        """
        return f"assets/{self._version(name)}/{name}"

    def size(self, name: str) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        with Image.open(io.BytesIO(self._content(name))) as picture:
            return picture.size

    def urls(self) -> dict[str, str]:
        """Addresses of all assets by name."""
        return {name: self.url(name) for name in self._readers}

    def respond(self, name: str, version: str, accepts_gzip: bool) -> Response:
        """The HTTP answer to a request for an asset; 404 for a wrong name or version."""
        if name not in self._readers or version != self._version(name):
            return JSONResponse({"error": "There is no such file. Load the page again."}, status_code=404)
        suffix = Path(name).suffix
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        if accepts_gzip and suffix in _COMPRESSIBLE:
            headers["Content-Encoding"] = "gzip"
            return Response(self._compressed(name), media_type=_TYPES[suffix], headers=headers)
        return Response(self._content(name), media_type=_TYPES[suffix], headers=headers)


def _reader(path: Path) -> Callable[[], bytes]:
    if not path.is_file():
        raise checkpoint.CheckpointError(
            f"{path} is missing. Restore it with 'git checkout -- {path}', or rebuild it with "
            "'python -m autoencoder.train'."
        )
    return path.read_bytes


def _plotly() -> bytes:
    import plotly

    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()


def _codes_reader(plane: LatentMap) -> Callable[[], bytes]:
    """Little-endian float32 codes ``(N, 2)``, then N bytes of labels, then N uint16 test-set positions."""
    return lambda: b"".join(
        (
            plane.codes.astype("<f4").tobytes(),
            plane.labels.astype(np.uint8).tobytes(),
            plane.index.astype("<u2").tobytes(),
        )
    )
