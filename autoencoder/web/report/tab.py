"""The "Report" tab: what the experiment printed and plotted, ours beside it."""

from pathlib import Path
from typing import TypeVar

from autoencoder.data.classes import DATASET
from autoencoder.inference.engine import Engine
from autoencoder.web import page_config, page_files
from autoencoder.web.assets import FIGURES, Assets, optional
from autoencoder.web.report import charts, values
from autoencoder.weights import file_checks, reference_results
from autoencoder.weights.records import Baselines, Maps, Seeds, Sweep

_T = TypeVar("_T")


def page(engine: Engine, assets: Assets, root: Path) -> tuple[str, tuple[str, ...]]:
    """The report as HTML, and the shared files that are too damaged to show.

    Args:
        engine: the models, with the numbers recorded of them.
        assets: addresses of their figures.
        root: the weights folder, for the numbers that the models share; those that it lacks are left out.
    """
    measured = values.measured(engine)
    damaged: list[str] = []
    seeds = _shared(root / "seeds.json", Seeds, damaged)
    baselines = _shared(root / "baselines.json", Baselines, damaged)
    sweep = _shared(root / "sweep.json", Sweep, damaged)
    maps = _shared(root / "maps.json", Maps, damaged)
    histories = {
        name: optional(each.folder / "history.csv", f"{name}/history.csv", file_checks.history, damaged) or ()
        for name, each in engine.checkpoints.items()
    }
    is_comparable = all(each.data.name == DATASET for each in measured.values())
    others = values.other_maps(maps) if is_comparable else []
    html = page_files.render(
        "report/page.html",
        measured=measured,
        descriptions=page_config.descriptions(engine.checkpoints),
        is_comparable=is_comparable,
        charts=charts.charts(measured, baselines, sweep, seeds, histories, others),
        histories=histories,
        epochs=values.by_epoch(histories),
        notebook=reference_results.FIGURES,
        others=others,
        seeds=seeds,
        methods=values.methods(measured, baselines) if baselines else (),
        sweep=sweep,
        sweep_verdict=values.sweep_verdict(sweep) if sweep else "",
        figures={
            name: [key for key in FIGURES if f"{name}/figures/{key}.png" in assets.urls()] for name in engine.names
        },
        assets=assets,
    )
    return html, tuple(sorted(damaged))


def _shared(path: Path, kind: type[_T], damaged: list[str]) -> _T | None:
    """Numbers that the models share."""
    return optional(path, path.name, lambda file: file_checks.record(file, kind), damaged)
