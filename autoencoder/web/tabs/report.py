"""The "Report" tab: what the experiment printed and plotted, ours beside it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from autoencoder.inference.engine import Engine
from autoencoder.web.assets import Assets
from autoencoder.web.tabs import report_comparisons as comparisons
from autoencoder.web.tabs import report_sections as sections
from autoencoder.web.tabs import report_seeds
from autoencoder.weights import validation
from autoencoder.weights.validation import DamageError


def page(studio: Engine, assets: Assets, root: Path) -> tuple[str, tuple[str, ...]]:
    """The report as HTML, and the shared files that are too damaged to show.

    Args:
        studio: the models, with the numbers recorded of them.
        assets: addresses of their figures.
        root: the weights folder, for the numbers that the models share; those that it lacks are left out.
    """
    complete = {"results", "training", "versions"}
    measured = {name: each.metrics for name, each in studio.checkpoints.items() if complete <= set(each.metrics)}
    shared = _Shared(root)
    parts = [
        sections.headline(measured),
        shared.section("seeds.json", lambda seeds: sections.reconstruction(measured, seeds)),
        shared.section("baselines.json", lambda baselines: comparisons.baselines(measured, baselines)),
        shared.section("sweep.json", lambda sweep: comparisons.sweep(sweep, assets)),
        sections.plane(measured),
        shared.section("seeds.json", report_seeds.seeds),
        sections.figures(studio, assets),
        sections.merits(),
        sections.provenance(measured),
    ]
    return f'<article class="report">{"".join(parts)}</article>', tuple(sorted(shared.damaged))


class _Shared:
    """The files of numbers that the models share; a damaged one counts as absent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.damaged: set[str] = set()

    def section(self, name: str, build: Callable[[Mapping[str, Any]], str]) -> str:
        """A section made of the content of a file, and made without it if that cannot be used."""
        path = self.root / name
        if path.exists() and name not in self.damaged:
            try:
                return build(validation.read_json(path, finite=False))
            except (DamageError, KeyError, TypeError, ValueError, AttributeError, IndexError):
                self.damaged.add(name)
        return build({})
