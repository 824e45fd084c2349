"""Files that browsers may keep for ever: their addresses carry a hash of their content."""

import gzip
import hashlib
import io
import posixpath
import re
import zlib
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

from PIL import Image
from starlette.responses import Response

from autoencoder.inference.engine import Engine
from autoencoder.web import page_files
from autoencoder.weights import browser_export, checkpoint, file_checks, film, noisy_codes, sweep_networks, thumbnails
from autoencoder.weights.checkpoint import Checkpoint
from autoencoder.weights.file_checks import DamageError
from autoencoder.weights.latent_map import LatentMap

_T = TypeVar("_T")
FOREVER: Final = "public, max-age=31536000, immutable"
FIGURES: Final = ("reconstruction_grid", "error_maps", "noise_robustness", "latent_space", "training_curves", "classes")
"""A model's figures, in the order of the report."""
WEIGHTS_FILE: Final = "model.safetensors.zlib"
"""A model's, for the engine in the browser."""
_PLOTLY: Final = "plotly.min.js"
_TYPES: Final = {
    ".js": "text/javascript",
    ".webp": "image/webp",
    ".png": "image/png",
    ".bin": "application/octet-stream",
    ".safetensors": "application/octet-stream",
    ".zlib": "application/zlib",
}
_IMPORT: Final = re.compile(r'^import (?:[^;"]*? from )?"(.+?)";$', re.MULTILINE)
_COMPRESSIBLE: Final = {".js", ".bin", ".safetensors"}


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
        engine: the models, whose atlases, codes and figures are served.
        root: the weights folder, for the shared samples.

    Raises:
        CheckpointError: if a picture that the page cannot do without is missing or damaged.
    """

    def __init__(self, engine: Engine, root: Path) -> None:
        samples = thumbnails.PREVIEW_FILE
        self._files = {_PLOTLY: _plotly(), samples: _Asset(thumbnails.shared_picture(root, samples, "WEBP"))}
        self.damaged: list[str] = []
        """Files that are left out, by their paths below the weights folder."""
        for name, model in engine.checkpoints.items():
            self._files[f"{name}/{checkpoint.ATLAS_FILE}"] = _Asset(model.atlas)
            self._files[f"{name}/codes.bin"] = _Asset(_codes(model.latent_map))
            if browser_export.can_export(model):
                # Compressed by us: what hosts a static edition may not.
                self._files[f"{name}/{WEIGHTS_FILE}"] = _Asset(zlib.compress(browser_export.export(model), 9))
            for figure in FIGURES:
                self._add_optional(model, f"figures/{figure}.png", partial(file_checks.picture, kind="PNG"))
            self._add_optional(model, noisy_codes.FILE, partial(file_checks.noisy_codes, plane=model.latent_map))
            self._add_film(model)
        networks, damaged = sweep_networks.load(root)
        self._files |= {name: _Asset(content) for name, content in networks.items()}
        self.damaged += damaged
        self._by_url = {self.url(name): asset for name, asset in self._files.items()}

    def _add_optional(self, model: Checkpoint, file: str, read: Callable[[Path], bytes]) -> None:
        name = f"{model.name}/{file}"
        if (content := optional(model.folder / file, name, read, self.damaged)) is not None:
            self._files[name] = _Asset(content)

    def _add_film(self, model: Checkpoint) -> None:
        try:
            for name, content in film.load(model.folder, len(model.classes)).items():
                self._files[f"{model.name}/{name}"] = _Asset(content)
        except DamageError as error:
            self.damaged.append(f"{model.name}/{error.path.name}")

    def url(self, name: str) -> str:
        """Address of an asset, relative to the page.

        Raises:
            KeyError: if there is none of that name.
        """
        # Without the folder: a model's name may hold what an address may not, and the hash tells files apart.
        return f"assets/{self._files[name].version}/{Path(name).name}"

    def content(self, name: str) -> bytes:
        """The content of an asset."""
        return self._files[name].content

    def size(self, name: str) -> tuple[int, int]:
        """Width and height of a picture in pixels."""
        with Image.open(io.BytesIO(self._files[name].content)) as picture:
            return picture.size

    def urls(self) -> dict[str, str]:
        """Addresses of all assets by name."""
        return {name: self.url(name) for name in self._files}

    def respond(self, name: str, version: str, accepts_gzip: bool) -> Response | None:
        """The HTTP answer to a request for an asset or a script by the end of its address; None if there is none."""
        asset = self._by_url.get(f"assets/{version}/{name}") or _scripts().get(name)
        if asset is None or asset.version != version:
            return None
        suffix = Path(name).suffix
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if accepts_gzip and suffix in _COMPRESSIBLE:
            headers["Content-Encoding"] = "gzip"
        content = asset.compressed if "Content-Encoding" in headers else asset.content
        return Response(content, media_type=_TYPES[suffix], headers=headers)


def optional(path: Path, name: str, read: Callable[[Path], _T], damaged: list[str]) -> _T | None:
    """What a file holds; None if there is none, or if it cannot be used: then it is named in ``damaged``."""
    try:
        return read(path) if path.exists() else None
    except (DamageError, OSError):
        damaged.append(name)
        return None


def script_urls() -> dict[str, str]:
    """Addresses of the page's scripts by their paths below ``static``. All carry one hash: they import one another."""
    return {name: f"assets/{script.version}/{name}" for name, script in _scripts().items()}


def urls_with_imports(*scripts: str) -> list[str]:
    """Addresses of scripts, each with all that it imports, so that a browser fetches them before it has read any."""
    names: list[str] = []
    for script in scripts:
        waiting = [script]
        for name in waiting:  # which grows
            if name in names:
                continue
            names.append(name)
            targets = _IMPORT.findall(_scripts()[name].content.decode())
            waiting += [posixpath.normpath(PurePosixPath(name).parent / target) for target in targets]
    return [script_urls()[name] for name in names]


def common_version(files: Mapping[str, bytes]) -> str:
    """A hash of the names and the contents of all of some files."""
    return _hash(b"".join(f"{name} {_hash(content)} ".encode() for name, content in files.items()))


@cache
def _scripts() -> dict[str, _Asset]:
    files = page_files.files("js") | page_files.files("vendor")
    version = common_version(files)
    return {name: _Asset(content, version) for name, content in files.items()}


@cache
def _plotly() -> _Asset:
    import plotly

    return _Asset((Path(plotly.__file__).parent / "package_data" / _PLOTLY).read_bytes())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _codes(plane: LatentMap) -> bytes:
    """Little-endian float32 codes ``(N, 2)``, then N bytes of labels, then N uint16 test-set positions."""
    kinds = {"codes": "<f4", "labels": "u1", "index": "<u2"}
    return b"".join(getattr(plane, name).astype(kind).tobytes() for name, kind in kinds.items())
