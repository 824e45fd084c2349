"""The report's section on what training again with another seed changes."""

from collections.abc import Mapping
from typing import Any, Final

from autoencoder.web.tabs.report_html import section, table

_COLUMNS: Final = {
    "MSE, clean": ("mse_0", 4),
    "MSE, noise 0.25": ("mse_0.25", 4),
    "MSE, noise 0.6": ("mse_0.6", 4),
    "5-NN accuracy": ("knn5_accuracy", 3),
    "trustworthiness": ("trustworthiness", 3),
    "plane filled": ("occupied_share", 2),
}


def seeds(recorded: Mapping[str, Any]) -> str:
    """Mean and standard deviation over training seeds, ours and the notebook's recipe."""
    if not recorded:
        return ""
    rows = [
        (
            "notebook's recipe, repeated" if name == "notebook" else name,
            str(len(entry["seeds"])),
            *(_cell(entry["measures"], *column) for column in _COLUMNS.values()),
        )
        for name, entry in recorded["models"].items()
    ]
    return section(
        "Was it luck?",
        table(
            ("model", "trainings", *_COLUMNS),
            rows,
            ours=tuple(recorded["models"]),
            caption=f"Mean ± standard deviation over trainings with different seeds. Command: {recorded['command']}",
        ),
        "A network begins with random weights and meets the images in random order, so no two trainings end alike. "
        "Under noise the models differ by far more than the seeds do; on clean input basic and denoising are hardly to "
        "be told apart, and how evenly a map fills its plane is partly luck.",
    )


def repetition(recorded: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Row of the reconstruction table: the notebook's recipe as we repeated it, means over its seeds."""
    if not recorded:
        return []
    entry = recorded["models"]["notebook"]
    return [
        (
            f"notebook repeated, mean of {len(entry['seeds'])} seeds, noise 0.25",
            *(_mean(entry["measures"], *column) for column in (("mse_0.25", 5), ("psnr", 2), ("ssim", 3))),
            _mean(entry["measures"], "ssim_global", 3),
        )
    ]


def _mean(measures: Mapping[str, Any], name: str, digits: int) -> str:
    return f"{measures[name]['mean']:.{digits}f}"


def _cell(measures: Mapping[str, Any], name: str, digits: int) -> str:
    if name not in measures:
        return "–"
    return f"{measures[name]['mean']:.{digits}f} ± {measures[name]['sd']:.{digits}f}"
