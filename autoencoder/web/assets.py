"""Files that browsers may keep for ever: their addresses carry a hash of their content."""

import gzip
import hashlib
import io
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image
from starlette.responses import Response

from autoencoder.inference.engine import Engine
from autoencoder.web import resources
from autoencoder.weights import checkpoint, validation
from autoencoder.weights.latent_map import LatentMap
from autoencoder.weights.validation import DamageError

_FOREVER: Final = "public, max-age=31536000, immutable"
_PLOTLY: Final = "plotly.min.js"
_TYPES: Final = {
    ".js": "text/javascript",
    ".webp": "image/webp",
    ".png": "image/png",
    ".bin": "application/octet-stream",
}
_COMPRESSIBLE: Final = {".js", ".bin"}


class _Asset:
    def __init__(self, content: bytes, version: str | None = None) -> None:
        self.content = content
        self.version = version or _hash(content)

    @cached_property
    def compressed(self) -> bytes:
        return gzip.compress(self.content, 9, mtime=0)


class Assets:
    """What the page fetches besides itself, by name. All is read at once: files may be replaced later.

    Args:
        studio: the models, whose atlases, codes and figures are served.
        root: the weights folder, for the shared samples.

    Raises:
        CheckpointError: if a picture that the page cannot do without is missing or damaged.
    """

    def __init__(self, studio: Engine, root: Path) -> None:
        self._files = {_PLOTLY: _plotly(), checkpoint.SAMPLES_PREVIEW_FILE: _Asset(_needed(root, "WEBP"))}
        self.damaged: list[str] = []
        """Figures that are left out, by their paths below the weights folder."""
        self._add_picture("sweep.png", root / "sweep.png")
        for name, model in studio.checkpoints.items():
            self._files[f"{name}/{checkpoint.ATLAS_FILE}"] = _Asset(model.atlas)
            self._files[f"{name}/codes.bin"] = _Asset(_codes(model.latent_map))
            for figure in sorted((model.folder / "figures").glob("*.png")):
                self._add_picture(f"{name}/figures/{figure.name}", figure)

    def _add_picture(self, name: str, path: Path) -> None:
        if not path.exists():
            return
        try:
            content = validation.read(path)
            _check_picture(content, "PNG")
        except ValueError:
            self.damaged.append(name)
        else:
            self._files[name] = _Asset(content)

    def url(self, name: str) -> str:
        """Address of an asset, relative to the page.

        Raises:
            KeyError: if there is none of that name.
        """
        return f"assets/{self._files[name].version}/{name}"

    def size(self, name: str) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        with Image.open(io.BytesIO(self._files[name].content)) as picture:
            return picture.size

    def urls(self) -> dict[str, str]:
        """Addresses of all assets by name."""
        return {name: self.url(name) for name in self._files}

    def respond(self, name: str, version: str, accepts_gzip: bool) -> Response | None:
        """The HTTP answer to a request for an asset or a script; None for a wrong name or version."""
        asset = self._files.get(name) or _scripts().get(name)
        if asset is None or asset.version != version:
            return None
        suffix = Path(name).suffix
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        if accepts_gzip and suffix in _COMPRESSIBLE:
            headers["Content-Encoding"] = "gzip"
        content = asset.compressed if "Content-Encoding" in headers else asset.content
        return Response(content, media_type=_TYPES[suffix], headers=headers)


def script_urls() -> dict[str, str]:
    """Addresses of the page's scripts by their paths below ``static``. All carry one hash: they import one another."""
    return {name: f"assets/{script.version}/{name}" for name, script in _scripts().items()}


def common_version(files: Mapping[str, bytes]) -> str:
    """A hash of the names and the contents of all of some files."""
    return _hash(b"".join(f"{name} {_hash(content)} ".encode() for name, content in files.items()))


@cache
def _scripts() -> dict[str, _Asset]:
    files = resources.files("js")
    version = common_version(files)
    return {name: _Asset(content, version) for name, content in files.items()}


@cache
def _plotly() -> _Asset:
    import plotly

    return _Asset((Path(plotly.__file__).parent / "package_data" / _PLOTLY).read_bytes())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _needed(root: Path, kind: str) -> bytes:
    path = root / checkpoint.SAMPLES_PREVIEW_FILE
    try:
        content = validation.read(path)
        _check_picture(content, kind)
    except ValueError as error:
        cause = error.cause if isinstance(error, DamageError) else "is not a readable picture"
        raise checkpoint.CheckpointError(
            f"{path} {cause}. Restore it with 'git checkout -- {path}', or rebuild it with 'python -m "
            "autoencoder.train'.",
            path.name,
            cause,
        ) from error
    return content


def _check_picture(content: bytes, kind: str) -> None:
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            picture.load()
    except Exception as error:  # decoders answer damage with nearly any exception
        raise ValueError("not a readable picture") from error


def _codes(plane: LatentMap) -> bytes:
    """Little-endian float32 codes ``(N, 2)``, then N bytes of labels, then N uint16 test-set positions."""
    return b"".join(
        (
            plane.codes.astype("<f4").tobytes(),
            plane.labels.astype(np.uint8).tobytes(),
            plane.index.astype("<u2").tobytes(),
        )
    )
