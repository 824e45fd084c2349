"""Model cards: what a trained model is, how good, and what it is for (Mitchell et al., 2019)."""

from collections.abc import Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from autoencoder.data.classes import DATASET
from autoencoder.evaluation.summary import summary
from autoencoder.training.recipes import Recipe

_KINDS = {"gaussian": "Gaussian", "speckle": "speckle", "masking": "masking", "salt_pepper": "salt-and-pepper"}
_HUMAN_NAMES = {"mse": "MSE", "psnr": "PSNR (dB)", "ssim": "SSIM (windowed)", "ssim_global": "SSIM (global)"}


def model_card(name: str, recipe: Recipe, metrics: Mapping[str, Any], classes: Sequence[str]) -> str:
    """Markdown card with Hugging Face front matter, every number taken from ``metrics``.

    Args:
        name: of the model.
        recipe: it was trained by.
        metrics: the content of its ``metrics.json``.
        classes: names of the dataset's classes, which the app reads from the front matter.
    """
    training, data = metrics["training"], metrics["data"]
    latent = recipe.model.latent_dim
    numbers = "one number" if latent == 1 else f"{latent} numbers"
    folder = f"weights/{name}" if _is_ours(data) else f"FOLDER/{name}"
    repeated = "" if _is_ours(data) else f", with `--data` and the folder of {data['name']}"
    return f"""---
{_front_matter(name, metrics, classes)}
---

# {name}

{_purpose(recipe)} It squeezes a 28 x 28 {_thing(data)} through {numbers} and draws it again from
those alone.

```python
from autoencoder import Autoencoder

model = Autoencoder.from_pretrained("{folder}")
reconstruction, z = model(x)  # x (B, 1, 28, 28) in [0, 1] -> (B, 1, 28, 28), (B, {latent})
```

## Results

On the {data["test"]:,} test images, {_noise(metrics)} noise, seed {metrics["noise"]["seed"]}; mean ± half of the 95 %
interval. Measured by `python -m autoencoder.evaluate {folder}`{repeated}.

{summary(metrics)}

## Training

{_training(recipe, data)} Epoch {training["best_epoch"]} of {_epochs(recipe)} was kept. It took
{training["cpu_seconds"]:.0f} processor seconds on {training["device"]}, seed {training["seed"]}:
`{training["command"]}`{repeated}.

![training curves](figures/training_curves.png)

## Use and limits

{_limits(recipe, data)} Trained on centred pictures, light on black: others come out as the nearest thing it knows.

{_source(data)}
"""


def _is_ours(data: Mapping[str, Any]) -> bool:
    return bool(data["name"] == DATASET)


def _noise(metrics: Mapping[str, Any]) -> str:
    return _KINDS[metrics["noise"]["kind"]]


def _thing(data: Mapping[str, Any]) -> str:
    return f"garment of {DATASET}" if _is_ours(data) else f"image of {data['name']}"


def _source(data: Mapping[str, Any]) -> str:
    if _is_ours(data):
        return f"Data: {DATASET} (Xiao, Rasul and Vollgraf, 2017), MIT, Zalando SE. Weights: MIT."
    return f"Data: {data['name']}."


def _epochs(recipe: Recipe) -> int:
    return recipe.epochs + recipe.decoder_epochs + recipe.encoder_epochs


def _purpose(recipe: Recipe) -> str:
    if recipe.noise_high == 0:
        return "A basic autoencoder: clean image in, clean image out."
    return "A denoising autoencoder: noisy image in, clean image out."


def _training(recipe: Recipe, data: Mapping[str, Any]) -> str:
    noise = (
        "clean input"
        if recipe.noise_high == 0
        else f"{_KINDS[recipe.noise_kind]} noise of a level drawn for each image from [{recipe.noise_low:g}, "
        f"{recipe.noise_high:g}]"
    )
    held_out = (
        f"; {recipe.validation_size:,} of the {data['train']:,} training images were held out to choose the epoch"
        if recipe.validation_size
        else ""
    )
    filling = " A term spreads the codes evenly over a square; labels are never used." if recipe.fill_weight else ""
    fitted = (
        f" The decoder was then fitted alone for {recipe.decoder_epochs} epochs, by alternating minimisation: before "
        "each, every image is given the code that the decoder draws it best from, by a global search; the decoder is "
        f"fitted to the images at those codes, jittered by {recipe.code_jitter:g}. {recipe.encoder_epochs} epochs fit "
        "the encoder through the finished decoder."
        if recipe.decoder_epochs
        else ""
    )
    start = "the best cell of the decoded plane" if recipe.model.search_cells else "the encoder network's code"
    steps = (
        "conjugate-gradient steps, held by a prior measured of the encoder's errors"
        if recipe.model.code_prior
        else "Gauss-Newton steps"
    )
    refined = (
        f" A code is {start}, improved by {recipe.model.refine_steps} {steps}"
        f"{', allowing for noise of an estimated level' if recipe.model.refine_noisy else ''} "
        "(`encode(x, refined=False)` is the encoder network alone)."
        if recipe.model.refine_steps
        else ""
    )
    return f"Batches of {recipe.batch_size}, {noise}{held_out}.{filling}{fitted}{refined}"


def _limits(recipe: Recipe, data: Mapping[str, Any]) -> str:
    if recipe.model.latent_dim == 2 and not _is_ours(data):
        return "Two numbers make a map, not a good denoiser: use a wider bottleneck to clean a picture."
    if recipe.model.latent_dim == 2:
        return (
            "Two numbers make a map of garments, not a good denoiser: at noise 0.25 a linear Wiener filter comes "
            "closer to the clean image pixel by pixel. Use the wide model to clean a picture."
        )
    if recipe.model.latent_dim == 1:
        return "Its code is a single number: the app shows it from left to right, and spreads the images upwards."
    return "Its codes have no plane of their own: the app shows their first two principal components."


def _front_matter(name: str, metrics: Mapping[str, Any], classes: Sequence[str]) -> str:
    is_ours = _is_ours(metrics["data"])
    place = "zalando-datasets/fashion_mnist" if is_ours else metrics["data"]["name"]
    results = [
        EvalResult(
            task_type="image-to-image",
            dataset_type=place,
            dataset_name=f"{metrics['data']['name']}, {_noise(metrics)} noise {level}",
            dataset_config=f"{metrics['noise']['kind']}-{level}",  # the Hub merges results that differ by name alone
            dataset_split="test",
            metric_type=measure,
            metric_name=_HUMAN_NAMES[measure],
            metric_value=round(interval["mean"], 6),
        )
        for level, scores in metrics["results"].items()
        for measure, interval in scores.items()
    ]
    return ModelCardData(
        model_name=name,
        library_name="autoencoder",
        license="mit" if is_ours else None,
        tags=["autoencoder", "denoising", *(["fashion-mnist"] if is_ours else [])],
        datasets=[place] if is_ours else None,
        class_names=list(classes),
        eval_results=results,
    ).to_yaml()
