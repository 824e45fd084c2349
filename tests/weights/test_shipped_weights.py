"""The shipped weights: what they reach, and that cards, records and stored outputs agree with them."""

import json
import re

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard

from autoencoder.evaluation.scores import LEVELS, score
from tests.conftest import ROOT

WEIGHTS = ROOT / "weights"
NAMES = sorted(path.parent.name for path in WEIGHTS.glob("*/config.json"))
STUDIED = sorted(set(json.loads((WEIGHTS / "seeds.json").read_text())["models"]) & set(NAMES))

# The least that what we ship must reach on the test set: model, noise, figure of merit, bound, sense.
PROMISES = (
    ("denoising", "0", "mse", 0.0188, "at most"),
    ("denoising", "0.25", "mse", 0.0191, "at most"),
    ("denoising", "0.25", "psnr", 17.6, "at least"),
    ("denoising", "0.25", "ssim_global", 0.86, "at least"),
    ("denoising", "0.6", "mse", 0.0211, "at most"),
    ("basic", "0", "mse", 0.0191, "at most"),
    ("denoising-64", "0", "mse", 0.0044, "at most"),
    ("denoising-64", "0.25", "mse", 0.0068, "at most"),
    ("denoising-64", "0.6", "mse", 0.0135, "at most"),
)
MAP_PROMISES = (
    ("basic", "knn5_accuracy", 0.785),
    ("basic", "trustworthiness", 0.989),
    ("denoising", "knn5_accuracy", 0.785),
    ("denoising", "trustworthiness", 0.99),
    ("denoising", "occupied_share", 0.85),
)


@pytest.fixture(scope="module")
def test_split(fashion):
    return fashion.test


def test_basic_and_denoising_are_shipped_complete():
    assert {"basic", "denoising"} <= set(STUDIED) <= set(NAMES)
    for name in NAMES:
        folder = WEIGHTS / name
        files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        needed = {"model.safetensors", "config.json", "README.md", "metrics.json", "history.csv", "latent_map.npz"}
        needed |= {"noisy_codes.safetensors", "atlas.webp"}
        assert needed <= files
        assert len([each for each in files if each.startswith("figures/")]) == 6


def test_every_reader_of_json_can_read_the_records():
    """Python's own takes NaN and Infinity too, which no other does."""
    for path in WEIGHTS.rglob("*.json"):
        json.loads(path.read_text(), parse_constant=lambda word, path=path: pytest.fail(f"{path}: {word}"))


@pytest.mark.parametrize(("name", "level", "measure", "bound", "sense"), PROMISES)
def test_recorded_results_keep_the_promise(checkpoints, name, level, measure, bound, sense):
    value = getattr(checkpoints[name].metrics.results[level], measure).mean
    assert value <= bound if sense == "at most" else value >= bound


@pytest.mark.parametrize(("name", "measure", "bound"), MAP_PROMISES)
def test_recorded_maps_keep_the_promise(checkpoints, name, measure, bound):
    assert getattr(checkpoints[name].metrics.map, measure) >= bound


def test_the_means_over_three_seeds_keep_the_promise_too():
    models = json.loads((WEIGHTS / "seeds.json").read_text())["models"]
    assert all(len(models[name]["seeds"]) == 3 for name in STUDIED)
    for name, level, measure, bound, sense in (each for each in PROMISES if each[0] in STUDIED):
        mean = models[name]["measures"][f"mse_{level}" if measure == "mse" else measure]["mean"]
        assert mean <= bound if sense == "at most" else mean >= bound
    for name, measure, bound in MAP_PROMISES:
        assert models[name]["measures"][measure]["mean"] >= bound


@pytest.mark.parametrize("name", STUDIED)
def test_the_study_of_seeds_is_about_the_shipped_models(checkpoints, name):
    """After a new training: `python -m benchmarks.seeds`."""
    study = json.loads((WEIGHTS / "seeds.json").read_text())["models"][name]
    record = json.loads((WEIGHTS / name / "metrics.json").read_text())
    assert study["seeds"][0] == record["training"]["seed"]
    for level in ("0", "0.25", "0.6"):
        assert study["measures"][f"mse_{level}"]["values"][0] == record["results"][level]["mse"]["mean"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", [0.0, 0.25])
def test_the_weights_give_the_recorded_results(checkpoints, test_split, name, level):
    """Measured anew on all 10,000 test images; machines differ in the last digits only."""
    record = json.loads((WEIGHTS / name / "metrics.json").read_text())
    model = checkpoints[name].model
    measured = score(lambda x: model(x)[0], test_split.images, level, record["noise"]["seed"])
    for measure, interval in record["results"][f"{level:g}"].items():
        assert measured[measure].mean == pytest.approx(interval["mean"], rel=1e-3), measure
        assert interval["low"] < interval["mean"] < interval["high"]
        assert interval["n"] == 10_000


@pytest.mark.parametrize("name", NAMES)
def test_stored_codes_are_what_the_encoder_gives(checkpoints, samples, name):
    plane = checkpoints[name].latent_map
    images = torch.from_numpy(samples[:500, None]).float() / 255
    with torch.inference_mode():
        places = plane.project(checkpoints[name].model.encode(images))
    # A machine's rounding may let another cell of the plane win a tie.
    assert (np.abs(places.numpy() - plane.codes[:500]).max(1) < 1e-2).mean() > 0.99
    assert plane.index[:500].tolist() == list(range(500))


def test_samples_and_labels_are_the_test_set(checkpoints, samples, test_split):
    assert np.array_equal(samples, (test_split.images.squeeze(1) * 255).round().numpy())
    for each in checkpoints.values():
        assert np.array_equal(each.latent_map.labels, test_split.labels.numpy())


@pytest.mark.parametrize("name", NAMES)
def test_the_card_agrees_with_the_record(name):
    card = ModelCard.load(WEIGHTS / name / "README.md")
    record = json.loads((WEIGHTS / name / "metrics.json").read_text())
    results = {
        (re.search(r"noise (\S+)$", result.dataset_name)[1], result.metric_type): result.metric_value
        for result in card.data.eval_results
    }
    assert results == {
        (level, measure): pytest.approx(interval["mean"], abs=1e-6)
        for level, scores in record["results"].items()
        for measure, interval in scores.items()
    }
    assert {level for level, _ in results} == {f"{level:g}" for level in LEVELS}
    assert f"{record['results']['0.25']['mse']['mean']:.5f}" in card.content


def test_every_record_names_its_origin():
    for name in NAMES:
        record = json.loads((WEIGHTS / name / "metrics.json").read_text())
        assert record["training"]["command"].startswith("python -m autoencoder.train")
        assert {"torch", "python", "numpy"} <= set(record["versions"])
        assert re.fullmatch(r"[0-9a-f]{64}", record["data_sha256"])
        assert record["training"]["cpu_seconds"] > 0


def test_no_shipped_file_is_over_ten_megabytes():
    assert max(path.stat().st_size for path in WEIGHTS.rglob("*") if path.is_file()) < 10 * 2**20


def test_codes_do_not_leap_to_and_fro_as_noise_grows(checkpoints, samples):
    """To leap is to go a tenth of the plane between two levels, as to another fold that has come to fit better. Codes
    do so 0.2 times a garment; 0.6 times if they are sought at the nearest of the grid's levels."""
    model = checkpoints["denoising"].model
    clean = torch.from_numpy(samples[:60, None]).float() / 255
    noise = torch.randn(60, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        codes = torch.stack([model.encode((clean + level * noise).clamp(0, 1)) for level in torch.linspace(0, 0.6, 31)])
    left, right = model.code_box[:, 0]
    leaps = (codes[1:] - codes[:-1]).norm(dim=2) > (right - left) / 10
    assert leaps.sum() / 60 < 0.4
