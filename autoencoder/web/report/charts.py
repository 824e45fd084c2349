"""The report's charts as data: titles of axes and named lines of points. The page's script draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from autoencoder.web.report.values import Measured
from autoencoder.weights.records import Baselines, Epoch, Interval, Seeds, Sweep
from autoencoder.weights.reference_results import Published

Style = Literal["line", "dashed", "marks", "crosses"]
_SIMPLE: Final = ("Gaussian blur", "linear Wiener")
"""The simple methods that are drawn; all of them stand in the table."""


@dataclass(frozen=True)
class Series:
    """Points of one name, ``y`` over ``x``.

    Attributes:
        colour: index of its colour in the chart, so that a model has the same one in all charts.
        low: lower ends of the 95 % intervals; empty if there are none. ``high`` likewise.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: Style
    colour: int
    low: Sequence[float] = ()
    high: Sequence[float] = ()


@dataclass(frozen=True)
class Chart:
    """A chart: what its axes show, which of them are logarithmic, and its series."""

    x: str
    y: str
    series: Sequence[Series]
    log: Sequence[Literal["x", "y"]] = ()
    ticks: Sequence[float] = field(default=())
    """Places of the ticks of ``x``; chosen by the script if there are none."""


def charts(
    measured: Mapping[str, Measured],
    baselines: Baselines | None,
    sweep: Sweep | None,
    seeds: Seeds | None,
    histories: Mapping[str, Sequence[Epoch]],
    others: Sequence[Published],
) -> dict[str, Any]:
    """All charts that there are numbers for, by name, ready for JSON."""
    colours = {name: i for i, name in enumerate(measured)}
    found = {
        "noise": _noise(measured, baselines, colours),
        "widths": _widths(sweep),
        "maps": _maps(measured, seeds, colours, others),
        "epochs": _epochs(histories, colours),
    }
    return {name: asdict(chart) for name, chart in found.items() if chart.series}


def _noise(measured: Mapping[str, Measured], baselines: Baselines | None, colours: Mapping[str, int]) -> Chart:
    """Error against the noise level, a line a model with its interval, and dashed what a simple method reaches."""
    ours = [
        _over_levels(name, {level: scores.mse for level, scores in each.results.items()}, "line", colours[name])
        for name, each in measured.items()
    ]
    methods = baselines.root if baselines else {}
    simple = [
        _over_levels(name, {level: each[name].mse for level, each in methods.items()}, "dashed", len(colours) + i)
        for i, name in enumerate(_SIMPLE)
        if methods and all(name in each for each in methods.values())
    ]
    return Chart("noise level", "MSE", [*ours, *simple])


def _over_levels(name: str, errors: Mapping[str, Interval], style: Style, colour: int) -> Series:
    levels = sorted((level for level in errors if level.replace(".", "", 1).isdecimal()), key=float)
    means, lows, highs = ([getattr(errors[level], key) for level in levels] for key in ("mean", "low", "high"))
    return Series(name, [float(level) for level in levels], means, style, colour, lows, highs)


def _widths(sweep: Sweep | None) -> Chart:
    """Error against the width of the bottleneck, of the network and of PCA, clean and noisy."""
    rows = sweep.rows if sweep else ()
    widths = [row.latent_dim for row in rows]
    columns: tuple[tuple[str, Style, int, str], ...] = (
        ("autoencoder, clean", "line", 0, "autoencoder_clean"),
        ("autoencoder, noise 0.25", "line", 1, "autoencoder_noisy"),
        ("PCA, clean", "dashed", 0, "pca_clean"),
        ("PCA, noise 0.25", "dashed", 1, "pca_noisy"),
    )
    series = [
        Series(name, widths, [getattr(row, key).mean for row in rows], style, colour)
        for name, style, colour, key in columns
    ]
    return Chart("numbers in the bottleneck", "MSE", series if rows else (), ("x", "y"), widths)


def _maps(
    measured: Mapping[str, Measured], seeds: Seeds | None, colours: Mapping[str, int], others: Sequence[Published]
) -> Chart:
    """Share of neighbours of one class against the error on clean images: of our maps and of others."""
    ours = {name: each for name, each in measured.items() if each.map and each.map.occupied_share is not None}
    points = [
        Series(name, [each.results["0"].mse.mean], [each.map.knn5_accuracy], "marks", colours[name])
        for name, each in ours.items()
        if each.map
    ]
    repeated = [
        Series(f"{name}, other seeds", found["mse_0"].values, found["knn5_accuracy"].values, "crosses", colours[name])
        for name, found in ((name, seeds.models[name].measures) for name in ours if seeds and name in seeds.models)
        if {"mse_0", "knn5_accuracy"} <= found.keys()
    ]
    found = [*points, *repeated, *_others(others, len(colours))] if points else ()
    return Chart("MSE on clean images", "5-NN accuracy", found)


def _others(maps: Sequence[Published], first_colour: int) -> list[Series]:
    """A mark for each map; a line over the whole chart for one that has no decoder and so no error."""
    known = [each.mse for each in maps if each.mse is not None]
    return [
        Series(each.name, [each.mse], [each.knn5_accuracy], "marks", colour)
        if each.mse is not None
        else Series(each.name, [0.8 * min(known), max(known)], [each.knn5_accuracy] * 2, "dashed", colour)
        for colour, each in enumerate(maps, first_colour)
    ]


def _epochs(histories: Mapping[str, Sequence[Epoch]], colours: Mapping[str, int]) -> Chart:
    """Error on validation images by epoch of the training."""
    series = [
        Series(name, [row.epoch for row in rows], [row.validation_mse for row in rows], "line", colours[name])
        for name, rows in histories.items()
        if rows and name in colours
    ]
    return Chart("epoch", "MSE on validation images", series, ("y",))
