"""The "Report" tab: what the experiment printed and plotted, ours beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from autoencoder.inference import Studio
from autoencoder.ui import report_comparisons as comparisons
from autoencoder.ui import report_sections as sections
from autoencoder.ui import report_seeds
from autoencoder.ui.assets import Assets

_HERE: Final = Path(__file__).parent


def build(studio: Studio, assets: Assets, root: Path) -> None:
    """Add the report to the open ``gr.Tab``.

    Args:
        studio: the models, with the numbers recorded of them.
        assets: addresses of their figures.
        root: the weights folder, for the numbers that the models share; those that it lacks are left out.
    """
    import gradio as gr

    gr.HTML(
        html_template=page(studio, assets, root),
        css_template=(_HERE / "report.css").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id="report",
    )


def page(studio: Studio, assets: Assets, root: Path) -> str:
    """The report as HTML."""
    measured = {name: each.metrics for name, each in studio.checkpoints.items() if "results" in each.metrics}
    recorded = _shared(root, "seeds.json")
    parts = [
        sections.headline(measured),
        sections.reconstruction(measured, recorded),
        comparisons.baselines(measured, _shared(root, "baselines.json")),
        comparisons.sweep(_shared(root, "sweep.json"), assets),
        sections.plane(measured),
        report_seeds.seeds(recorded),
        sections.figures(studio, assets),
        sections.merits(),
        sections.provenance(measured),
    ]
    return f'<article class="report">{"".join(parts)}</article>'


def _shared(root: Path, name: str) -> Mapping[str, Any]:
    path = root / name
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content
