"""The scores of a model as text."""

import math
from collections.abc import Mapping
from typing import Any

from autoencoder.weights import reference_results


def table(results: Mapping[str, Mapping[str, Mapping[str, float]]], with_reference: bool = True) -> str:
    """Markdown table of ``results`` as :func:`evaluate` gives them, the reference's figures beside where they apply."""
    beside = " reference: MSE, PSNR, ssim_global |" if with_reference else ""
    lines = [
        f"| noise | MSE | PSNR, dB | ssim | ssim_global |{beside}",
        "| --- | --- | --- | --- | --- |" + (" --- |" if with_reference else ""),
    ]
    for level, scores in results.items():
        cells = [
            _with_interval(scores["mse"], 5),
            _with_interval(scores["psnr"], 2),
            _with_interval(scores["ssim"], 4),
            _with_interval(scores["ssim_global"], 4),
        ]
        if with_reference:
            printed = reference_results.FIGURES
            figures = f"{printed['mse']:.4f}, {printed['psnr']:.2f}, {printed['ssim_global']:.3f}"
            cells.append(figures if math.isclose(float(level), reference_results.LEVEL) else "")
        lines.append(f"| {level} | {' | '.join(cells)} |")
    return "\n".join(lines)


def summary(report: Mapping[str, Any]) -> str:
    """The table of a report and, where measured, one line each on its map and its encoder."""
    lines = [table(report["results"], reference_results.is_comparable(report))]
    if "unrefined" in report:
        alone = ", ".join(f"{scores['mse']['mean']:.5f} at {level}" for level, scores in report["unrefined"].items())
        lines.append(f"MSE of the encoder network's own codes, before they are refined: {alone}.")
    if plane := report.get("map"):
        lines.append(
            f"Codes of clean images: 5-NN accuracy {plane['knn5_accuracy']:.4f}, 1-NN "
            f"{plane['knn1_accuracy']:.4f}, trustworthiness {plane['trustworthiness']:.4f}"
            + (f", occupied share {plane['occupied_share']:.3f}." if "occupied_share" in plane else ".")
        )
    if gap := report.get("amortisation"):
        lines.append(
            f"Best code for each of {gap['n']} images: MSE {gap['optimised_mse']:.5f}; the model's: "
            f"{gap['encoder_mse']:.5f}; amortisation gap {gap['gap']:.5f}."
        )
    return "\n\n".join(lines)


def _with_interval(interval: Mapping[str, float], digits: int) -> str:
    return f"{interval['mean']:.{digits}f} ± {(interval['high'] - interval['low']) / 2:.{digits}f}"
