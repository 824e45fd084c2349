"""What the page shows and answers from: one set of models at a time, each replaced as a whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from autoencoder.inference.engine import Engine
from autoencoder.web import page_config
from autoencoder.web.assets import Assets, script_urls
from autoencoder.web.report import tab
from autoencoder.weights import checkpoint, file_checks, thumbnails
from autoencoder.weights.checkpoint import CheckpointError


@dataclass(frozen=True)
class ModelSet:
    """A set of models and all that the page shows of it. It never changes; another takes its place."""

    engine: Engine
    assets: Assets
    identity: str
    """12 hexadecimal digits: the same only for the same weights, maps and samples."""
    config: bytes
    """What the page's scripts are told of the set, as JSON."""
    report: bytes
    """The Report tab, as HTML."""
    complaints: Mapping[str, str]
    """By file or model, below the weights folder: what is missing and why, as a sentence for visitors."""
    warnings: tuple[str, ...]
    """The same for the log: with paths, and what to do."""


class ModelRegistry:
    """Holds the present set of models. Whoever answers a request takes ``now`` once and keeps to it."""

    def __init__(self, first: ModelSet) -> None:
        self.now = first

    def replace(self, new: ModelSet) -> None:
        """Let another set answer from now on."""
        self.now = new


def load(root: Path, device: torch.device | str = "cpu") -> ModelSet:
    """Read all that is sound in a weights folder.

    Raises:
        CheckpointError: if no model is sound or the samples are missing.
    """
    sound, damaged = checkpoint.load_sound(root, device)
    samples = len(thumbnails.load(root))
    known = {name: each for name, each in sound.items() if each.latent_map.index.max() < samples}
    if not known:
        cause = f"holds {samples:,} pictures, and every model's map names more"
        raise CheckpointError(f"{root / thumbnails.FILE} {cause}.", thumbnails.FILE, cause)
    for name in sound.keys() - known:
        cause = f"names more test images than {thumbnails.FILE} holds"
        error = CheckpointError(f"{root / name / checkpoint.MAP_FILE} {cause}.", checkpoint.MAP_FILE, cause)
        damaged[name] = error
    engine = Engine(known)
    assets = Assets(engine, root)
    html, unreadable = tab.page(engine, assets, root)
    complaints = {name: _missing(name, each) for name, each in damaged.items()}
    complaints |= {name: f"The page lacks {name}, which is damaged." for name in (*assets.damaged, *unreadable)}
    warnings = [str(error) for error in damaged.values()]
    warnings += [f"{root / name} is damaged; the page goes without it." for name in (*assets.damaged, *unreadable)]
    identity = _identity(engine, assets)
    told = page_config.build(engine, assets, root, identity, complaints.values())
    config = json.dumps(told, separators=(",", ":")).encode()
    return ModelSet(engine, assets, identity, config, html.encode(), complaints, tuple(warnings))


def _missing(name: str, error: CheckpointError) -> str:
    blamed = f"its {error.file}" if error.file else "that"
    return f"The model {file_checks.printable(name)} is missing: {blamed} {error.cause}."


def _identity(engine: Engine, assets: Assets) -> str:
    """A hash of what must not change under an open page: the models, and the scripts that ask for them."""
    drawn = (checkpoint.ATLAS_FILE, "codes.bin")
    facts = [
        (name, each.checksum, vars(each.model.config), *(assets.url(f"{name}/{file}") for file in drawn))
        for name, each in engine.checkpoints.items()
    ]
    samples, scripts = assets.url(thumbnails.PREVIEW_FILE), script_urls()["js/lib/studio.js"]
    return hashlib.sha256(json.dumps([samples, facts, scripts], sort_keys=True).encode()).hexdigest()[:12]
