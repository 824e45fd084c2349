"""The report's comparisons: ours against simple methods, and narrow bottlenecks against wide ones."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from autoencoder.web.assets import Assets
from autoencoder.web.tabs.report_html import figure, section, table, with_interval

Numbers = Mapping[str, Any]
_Entry = tuple[str, Mapping[str, Numbers], bool]
"""A method's name, its MSE by noise level, and whether it is one of ours."""
_BASELINE_LEVELS: Final = ("0", "0.25", "0.6")


def baselines(measured: Mapping[str, Numbers], report: Numbers) -> str:
    """Simple, well-known methods on the same noise, ours among them, best first."""
    if not report:
        return ""
    entries = [
        (name, {level: report[level][name]["mse"] for level in _BASELINE_LEVELS}, False) for name in report["0.25"]
    ]
    entries += [
        (name, {level: numbers["results"][level]["mse"] for level in _BASELINE_LEVELS}, True)
        for name, numbers in measured.items()
    ]
    entries.sort(key=lambda entry: float(entry[1]["0.25"]["mean"]))
    rows = [(name, *(with_interval(scores[level], 4) for level in _BASELINE_LEVELS)) for name, scores, _ in entries]
    return section(
        "Against simple methods",
        _verdict(entries)
        + table(
            ("method", "MSE, clean", "MSE, noise 0.25", "MSE, noise 0.6"),
            rows,
            ours=tuple(measured),
            caption="Sorted by the middle column. The classical methods were told the noise level and tuned for it on "
            "training images; the autoencoders were told nothing. Command: python -m autoencoder.train",
        ),
        "A two-number bottleneck is a map of garments, not a tool to clean pictures: it must redraw the garment from "
        "two numbers, where a blur keeps hundreds. As mere denoisers:",
    )


def _verdict(entries: Sequence[_Entry]) -> str:
    """Which of the classical methods beat each of ours, in words, from the numbers."""
    lines = []
    for name, scores, is_ours in entries:
        if is_ours:
            clauses = [f"at noise {level} {_better_than(scores, level, entries)}" for level in _BASELINE_LEVELS[1:]]
            lines.append(f"<li><b>{escape(name)}</b>: {escape('; '.join(clauses))}.</li>")
    return f"<ul>{''.join(lines)}</ul>"


def _better_than(own: Mapping[str, Numbers], level: str, entries: Sequence[_Entry]) -> str:
    rivals = [(name, scores[level]["mean"]) for name, scores, is_ours in entries if not is_ours]
    better = [name for name, error in rivals if error < own[level]["mean"]]
    if not better:
        return "nothing here beats it"
    return f"{', '.join(better)} {'beats' if len(better) == 1 else 'beat'} it"


def sweep(report: Numbers, assets: Assets) -> str:
    """Error against the width of the bottleneck."""
    if not report or "sweep.png" not in assets.urls():
        return ""
    rows = [
        (
            str(row["latent_dim"]),
            *(f"{row[key]['mean']:.4f}" for key in ("autoencoder_0", "pca_0", "autoencoder_0.25", "pca_0.25")),
        )
        for row in report["rows"]
    ]
    image = figure(
        assets,
        "sweep.png",
        "Test error against bottleneck width, autoencoder and PCA",
        "After Hinton and Salakhutdinov (2006), whose yardstick was PCA with as many components.",
    )
    return section(
        "How wide must the bottleneck be?",
        f'<div class="report-wide">{image}</div>'
        + table(
            ("numbers", "autoencoder, clean", "PCA, clean", "autoencoder, noise 0.25", "PCA, noise 0.25"),
            rows,
            caption=f"One recipe for all widths, {report['epochs']} epochs each. Command: python -m autoencoder.train",
        ),
        _sweep_verdict(report["rows"]),
    )


def _sweep_verdict(rows: Sequence[Numbers]) -> str:
    wins = [row["latent_dim"] for row in rows if row["autoencoder_0"]["mean"] < row["pca_0"]["mean"]]
    won = "at every width" if len(wins) == len(rows) else f"up to {max(wins, default=0)} numbers"
    return (
        f"Each doubling buys detail, and each buys less. On clean input the network beats PCA {won}. Under noise the "
        "distance grows: it has learnt what garments look like, while PCA keeps the noise that lies in its components."
    )
