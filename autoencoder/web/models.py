"""What the page shows and answers from: one set of models at a time, each replaced as a whole."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import torch

from autoencoder.inference.engine import Engine
from autoencoder.web import page_config
from autoencoder.web.assets import Assets
from autoencoder.web.tabs import report
from autoencoder.weights import checkpoint
from autoencoder.weights.checkpoint import Checkpoint

REMEMBERED: Final = 2
"""Earlier sets whose pictures and maps stay to be fetched by pages that are still open."""


@dataclass(frozen=True)
class ModelSet:
    """A set of models and all that the page shows of it. It never changes; another takes its place."""

    studio: Engine
    assets: Assets
    identity: str
    """12 hexadecimal digits: the same only for the same weights, maps and samples."""
    settings: str
    """The script element that tells the page's scripts of the set."""
    report: str
    """The Report tab, as HTML."""
    complaints: Mapping[str, str]
    """By file or model, below the weights folder: what is missing and why, as a sentence for visitors."""
    warnings: tuple[str, ...]
    """The same for the log: with paths, and what to do."""

    def notice(self) -> str:
        """What is missing, as HTML; empty when nothing is."""
        if not self.complaints:
            return ""
        lines = "".join(f"<p>{_literal(each)}</p>" for each in self.complaints.values())
        return f'<div id="missing-models" role="note" aria-label="What is missing">{lines}</div>'

    def colophon(self) -> str:
        """Which weights answer, as HTML."""
        models = ", ".join(
            f"<b>{_literal(name)}</b> <code>{each.checksum[:8]}</code> ({_date_of(each)})"
            for name, each in self.studio.checkpoints.items()
        )
        return f'<p id="weights">Weights that answer: {models}.</p>'


class ModelRegistry:
    """Holds the exhibit of now. Whoever answers a request takes ``now`` once and keeps to it.

    Args:
        exhibit: the first.
    """

    def __init__(self, exhibit: ModelSet) -> None:
        self._exhibits: tuple[ModelSet, ...] = (exhibit,)

    @property
    def now(self) -> ModelSet:
        """The exhibit that answers."""
        return self._exhibits[0]

    @property
    def assets(self) -> tuple[Assets, ...]:
        """Those of the exhibit of now, then those of the ones before it."""
        return tuple(exhibit.assets for exhibit in self._exhibits)

    def replace(self, exhibit: ModelSet) -> None:
        """Let another exhibit answer from now on."""
        self._exhibits = (exhibit, *self._exhibits[:REMEMBERED])


def load(root: Path, device: torch.device | str = "cpu") -> ModelSet:
    """Read all that is sound in a weights folder.

    Raises:
        CheckpointError: if no model is sound or the samples are missing.
    """
    sound, damaged = checkpoint.load_sound(root, device)
    studio = Engine(sound)
    assets = Assets(studio, root)
    html, unreadable = report.page(studio, assets, root)
    complaints = {name: f"The model {name} is missing: its {each.file} {each.cause}." for name, each in damaged.items()}
    complaints |= {name: f"The report lacks {name}, which is damaged." for name in (*assets.damaged, *unreadable)}
    warnings = [str(error) for error in damaged.values()]
    warnings += [f"{root / name} is damaged; the report goes without it." for name in (*assets.damaged, *unreadable)]
    identity = _identity(studio, assets)
    script = page_config.script(studio, assets, root, identity)
    return ModelSet(studio, assets, identity, script, html, complaints, tuple(warnings))


def _identity(studio: Engine, assets: Assets) -> str:
    facts = [
        (
            name,
            each.checksum,
            vars(each.model.config),
            assets.url(f"{name}/atlas.webp"),
            assets.url(f"{name}/codes.bin"),
        )
        for name, each in studio.checkpoints.items()
    ]
    samples = assets.url(checkpoint.SAMPLES_PREVIEW_FILE)
    return hashlib.sha256(json.dumps([samples, facts], sort_keys=True).encode()).hexdigest()[:12]


def _date_of(model: Checkpoint) -> str:
    """Day on which the weights were trained; of older ones, on which their file was written."""
    finished = model.metrics.get("training", {}).get("finished")
    if isinstance(finished, str):
        return _literal(finished[:10])
    try:
        written = (model.folder / checkpoint.WEIGHTS_FILE).stat().st_mtime
    except OSError:
        return "undated"
    return datetime.fromtimestamp(written, UTC).date().isoformat()


def _literal(text: str) -> str:
    """Text for HTML that Gradio takes for a template: no mark of it may be read as code."""
    return escape(text).translate({ord(mark): f"&#{ord(mark)};" for mark in "${}`\\"})
