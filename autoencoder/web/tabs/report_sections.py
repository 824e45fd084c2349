"""The report's sections: recorded numbers in, HTML out. A section whose numbers are missing is empty."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from autoencoder.evaluation.reference import FIGURES, is_comparable
from autoencoder.inference.engine import Engine
from autoencoder.web.assets import Assets
from autoencoder.web.tabs.report_html import figure, section, table, with_interval
from autoencoder.web.tabs.report_seeds import repetition

Numbers = Mapping[str, Any]

_PUBLISHED: Final = (
    ("PCA, 2 components", "0.0461", "0.51", "–"),
    ("Convolutional autoencoder", "0.0244", "0.734", "–"),
    ("Parametric UMAP + autoencoder", "0.0241", "0.756", "0.984"),
    ("t-SNE (has no decoder)", "–", "0.804", "0.991"),
)
"""Test MSE, 5-NN accuracy and trustworthiness from Sainburg et al. (2021) and its notebooks, 2-D, no labels."""
_MERITS: Final = {
    "For": (
        "It needs no labels.",
        "Hundreds of numbers become a few that can be plotted, searched and compared.",
        "It removes noise of the kind that it was trained for.",
        "Its codes serve as features for other tasks.",
    ),
    "Against": (
        "Reconstructions are imperfect: where the code leaves something open they show the mean of it, a blur.",
        "Width, depth, noise and loss must be tuned.",
        "It costs a training; PCA has a closed form.",
        "It knows its own kind of data only, and draws a garment whatever it is shown.",
    ),
}
_FIGURES: Final = {
    "reconstruction_grid": ("Reconstruction grid", "What survives the bottleneck: shape and tone stay, print goes."),
    "error_maps": ("Error maps", "Where it is wrong: black is right, white is off by the full range."),
    "noise_robustness": ("Noise robustness", "The same garment under growing noise: the drawing should hardly change."),
    "latent_space": ("Latent space", "Each dot is a clean test image at its code. No label was used to place it."),
    "training_curves": ("Training curves", "Error by epoch. A gap between the lines would be learning by heart."),
    "classes": ("The data", "One test image of each of the ten classes."),
}


def _are_comparable(measured: Mapping[str, Numbers]) -> bool:
    """Whether the models are of the dataset that the notebook's and the published figures are of."""
    return all(map(is_comparable, measured.values()))


def headline(measured: Mapping[str, Numbers]) -> str:
    """The figures to remember."""
    facts = []
    for name, numbers in measured.items():
        # A model that was never shown noise is judged by what it is for.
        level = "0.25" if numbers["training"]["recipe"]["noise_high"] else "0"
        score = numbers["results"][level]
        where = f"at noise {level}" if level != "0" else "on clean input"
        facts.append(
            f"<li><strong>{score['mse']['mean']:.4f}</strong><span>MSE of <b>{escape(name)}</b> {where} "
            f"({score['psnr']['mean']:.2f} dB)</span></li>"
        )
    if _are_comparable(measured):
        facts.append(
            f"<li><strong>{FIGURES['mse']:.4f}</strong><span>MSE that the course notebook printed at noise 0.25 "
            f"({FIGURES['psnr']:.2f} dB)</span></li>"
        )
    return section(
        "How good are these models?",
        f'<ul class="report-facts">{"".join(facts)}</ul>',
        "MSE is the mean squared difference to the clean image, with pixels from 0 to 1: smaller is better. Everything "
        "here was measured on test images that no model has seen.",
    )


def reconstruction(measured: Mapping[str, Numbers], recorded: Numbers) -> str:
    """Each model at each noise level; beside them the reference, as printed and as repeated by us."""
    rows: list[tuple[str, ...]] = []
    for name, numbers in measured.items():
        for level, score in numbers["results"].items():
            rows.append(
                (
                    f"{name}, noise {level}",
                    with_interval(score["mse"], 5),
                    with_interval(score["psnr"], 2),
                    with_interval(score["ssim"], 3),
                    with_interval(score["ssim_global"], 3),
                )
            )
    if _are_comparable(measured):
        printed = (f"{FIGURES['mse']:.5f}", f"{FIGURES['psnr']:.2f}", "–", f"{FIGURES['ssim_global']:.3f}")
        rows += [("notebook as printed, noise 0.25", *printed), *repetition(recorded)]
    return section(
        "Reconstruction under noise",
        table(
            ("model", "MSE", "PSNR, dB", "SSIM (windowed)", "SSIM (global)"),
            rows,
            ours=tuple(measured),
            caption="Mean ± half of the 95 % interval over 10,000 images. Command: python -m autoencoder.evaluate",
        ),
        "The basic model never saw noise and breaks when it is strong; denoising barely notices. The notebook's "
        "SSIM uses one window as large as the image, which reads higher than the usual windowed one: both are given.",
    )


def plane(measured: Mapping[str, Numbers]) -> str:
    """How well the codes keep look-alikes together."""
    rows = []
    for name, numbers in measured.items():
        if quality := numbers.get("map"):
            gap = numbers.get("amortisation", {})
            rows.append(
                (
                    name,
                    f"{numbers['results']['0']['mse']['mean']:.4f}",
                    f"{quality['knn5_accuracy']:.3f}",
                    f"{quality['knn1_accuracy']:.3f}",
                    f"{quality['trustworthiness']:.3f}",
                    f"{quality['occupied_share']:.2f}" if "occupied_share" in quality else "–",
                    *(_cell(gap, key) for key in ("network_mse", "encoder_mse", "optimised_mse")),
                )
            )
    if not rows:
        return ""
    if _are_comparable(measured):
        rows += [(title, mse, knn, "–", trust, "–", "–", "–", "–") for title, mse, knn, trust in _PUBLISHED]
    return section(
        "Quality of the map",
        table(
            (
                "codes of clean images",
                "MSE",
                "5-NN accuracy",
                "1-NN accuracy",
                "trustworthiness",
                "plane filled",
                "first guess",
                "code used",
                "best code",
            ),
            rows,
            ours=tuple(measured),
            caption="Training codes vote on test codes; trustworthiness with 5 neighbours. Lower rows: published "
            "figures of the same protocol (Sainburg, McInnes and Gentner, 2021). Command: python -m "
            "autoencoder.evaluate",
        ),
        "If the nearest codes mostly share a class, the plane keeps kinds of garments together, though no label was "
        "used. The last three columns, MSE of the first 1,000 test images, tell whose the error is: the two-number "
        "models refine the encoder's guess by a few least-squares steps through the decoder, and what then lies "
        "above the best code there is (the amortisation gap) is still the encoder's; the rest is the bottleneck's.",
    )


def _cell(values: Numbers, key: str) -> str:
    return f"{values[key]:.4f}" if key in values else "–"


def figures(studio: Engine, assets: Assets) -> str:
    """Every figure of every model, the first model's open."""
    parts = []
    for position, name in enumerate(studio.names):
        shown = [
            figure(assets, f"{name}/figures/{key}.png", f"{title} of {name}", f"{title}. {text}")
            for key, (title, text) in _FIGURES.items()
            if f"{name}/figures/{key}.png" in assets.urls()
        ]
        if shown:
            is_open = " open" if position == 0 else ""
            parts.append(
                f'<details class="report-model"{is_open}><summary>{escape(name)}</summary>'
                f'<div class="report-figures">{"".join(shown)}</div></details>'
            )
    return section("Pictures", "".join(parts), "The notebook's figures, drawn of each model.") if parts else ""


def merits() -> str:
    """What autoencoders are good for, and what they cost."""
    lists = "".join(
        f"<h3>{title}</h3><ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>" for title, lines in _MERITS.items()
    )
    return section(
        "For and against",
        lists,
        "Most of this can be seen: the loss of detail and the worth of a wider bottleneck above, the map on the Latent "
        "space tab, and the last line by drawing something that is no garment on the Denoise tab.",
    )


def provenance(measured: Mapping[str, Numbers]) -> str:
    """How each model came to be."""
    rows = [
        (
            name,
            f"<code>{escape(numbers['training']['command'])}</code>",
            str(numbers["training"]["seed"]),
            f"{numbers['training']['cpu_seconds'] / 60:.1f} min",
            str(numbers["training"]["best_epoch"]),
            escape(numbers["versions"]["torch"]),
        )
        for name, numbers in measured.items()
    ]
    return section(
        "How they were made",
        table(("model", "command", "seed", "processor time", "epoch kept", "torch"), rows, escaped=True),
        "One command rebuilds everything shown here from Fashion-MNIST's 60,000 training images, 5,000 of which only "
        "choose the epoch.",
    )
