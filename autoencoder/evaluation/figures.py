"""The experiment's pictures: arrays in, matplotlib Figure out. The only module that knows matplotlib."""

import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from autoencoder.data.classes import colours

DPI: Final = 150
Images = NDArray[np.float32]
"""``(N, 28, 28)`` in [0, 1]."""

_ACCENT: Final = "#2f5fd0"
_SECOND: Final = "#d9730d"


def save(figure: Figure, path: Path) -> None:
    """Write ``figure`` as PNG at 150 dpi, cropped to its content."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # what the font lacks of a name is drawn as a box
        figure.savefig(path, dpi=DPI, bbox_inches="tight", facecolor="white")


def one_of_each_class(images: Images, labels: NDArray[np.integer], classes: Sequence[str]) -> Figure:
    """The first image of each class, titled, five a row: 2 x 5 of Fashion-MNIST's ten."""
    rows = math.ceil(len(classes) / 5)
    figure = Figure(figsize=(7.5, 1.75 * rows), layout="constrained")
    for number, axes in enumerate(figure.subplots(rows, 5, squeeze=False).flat):
        _bare(axes)
        if number < len(classes) and (labels == number).any():
            _show(axes, images[int(np.argmax(labels == number))])
            axes.set_title(classes[number], fontsize=10, parse_math=False)
    return figure


def reconstruction_grid(original: Images, noisy: Images, reconstruction: Images, level: float) -> Figure:
    """Rows Original, Noisy, Reconstructed; a column an image."""
    noisy_title = f"Noisy ({level:g})" if level else "Input"
    return _grid({"Original": original, noisy_title: noisy, "Reconstructed": reconstruction})


def error_maps(original: Images, reconstruction: Images) -> Figure:
    """Row of originals over a row of absolute errors in the ``hot`` colour map, with its scale."""
    columns = len(original)
    figure = Figure(figsize=(1.3 * columns + 0.9, 2.9), layout="constrained")
    axes = figure.subplots(2, columns, squeeze=False)
    heat = None
    for column, (image, result) in enumerate(zip(original, reconstruction, strict=True)):
        _show(axes[0, column], image)
        heat = axes[1, column].imshow(np.abs(image - result), cmap="hot", vmin=0, vmax=1)
        _bare(axes[1, column])
    _row_title(axes[0, 0], "Original")
    _row_title(axes[1, 0], "Error")
    if heat is not None:
        bar = figure.colorbar(heat, ax=axes[1, :], shrink=0.9, pad=0.01)
        bar.set_label("|x − reconstruction|\nlower is better", fontsize=8)
    return figure


def noise_robustness(
    original: NDArray[np.float32], noisy: Images, reconstruction: Images, levels: Sequence[float]
) -> Figure:
    """One image at several noise levels: columns Original, Noisy input, Reconstructed; a row a level."""
    figure = Figure(figsize=(4.6, 1.45 * len(levels)), layout="constrained")
    axes = figure.subplots(len(levels), 3, squeeze=False)
    for row, level in enumerate(levels):
        for column, image in enumerate((original, noisy[row], reconstruction[row])):
            _show(axes[row, column], image)
        _row_title(axes[row, 0], f"noise {level:g}")
    for column, title in enumerate(("Original", "Noisy input", "Reconstructed")):
        axes[0, column].set_title(title, fontsize=10)
    return figure


def latent_space(codes: NDArray[np.float32], labels: NDArray[np.integer], classes: Sequence[str], title: str) -> Figure:
    """Scatter of 2-D codes ``(N, 2)``, one colour a class, legend "number: name", grid."""
    figure = Figure(figsize=(7.5, 6), layout="constrained")
    axes = figure.subplots()
    for number, (name, colour) in enumerate(zip(classes, colours(len(classes)), strict=True)):
        x, y = codes[labels == number].T
        axes.scatter(x, y, s=5, color=colour, alpha=0.7, linewidths=0, label=f"{number}: {name}")
    axes.set(xlabel="latent 1", ylabel="latent 2", title=title)
    axes.grid(alpha=0.3)
    legend = axes.legend(markerscale=3, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)  # dollar signs in a name are no formula
    return figure


def training_curves(history: Mapping[str, Sequence[Any]]) -> Figure:
    """Loss on the training images and MSE on the validation images, by epoch, on a log scale, phase by phase.

    Args:
        history: columns ``epoch``, ``phase``, ``train_loss`` and ``validation_mse``.
    """
    figure = Figure(figsize=(6.5, 3.4), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(history["phase"]))
    for name in names:
        rows = [row for row, phase in enumerate(history["phase"]) if phase == name]
        epochs = [history["epoch"][row] for row in rows]
        for column, color, style, label in (
            ("train_loss", _ACCENT, "-", "training loss"),
            ("validation_mse", _SECOND, "--", "validation MSE"),
        ):
            values = [history[column][row] for row in rows]
            axes.plot(epochs, values, color=color, linestyle=style, label=label if name == names[0] else None)
        if len(names) > 1:
            axes.axvline(epochs[-1] + 0.5, color="0.8", linewidth=0.8)
            axes.text(epochs[0], 1.01, name, fontsize=8, transform=axes.get_xaxis_transform())
    axes.set(xlabel="epoch", ylabel="per pixel", yscale="log")
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
    return figure


def _grid(rows: Mapping[str, Images]) -> Figure:
    columns = len(next(iter(rows.values())))
    figure = Figure(figsize=(1.15 * columns + 0.8, 1.2 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for row, (title, images) in enumerate(rows.items()):
        for column, image in enumerate(images):
            _show(axes[row, column], image)
        _row_title(axes[row, 0], title)
    return figure


def _show(axes: Axes, image: NDArray[np.float32]) -> None:
    axes.imshow(image, cmap="gray", vmin=0, vmax=1)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _row_title(axes: Axes, title: str) -> None:
    axes.set_ylabel(title, fontsize=10)
