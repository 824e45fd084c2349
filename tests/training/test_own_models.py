"""Models of one's own: another noise, another bottleneck, another name and another set work through to the page."""

import json

import numpy as np
import pytest
from PIL import Image

from autoencoder import evaluate
from autoencoder import train as training
from autoencoder.data import loading
from autoencoder.training import pipeline
from autoencoder.training.options import TrainConfig
from autoencoder.web import models

EPOCHS = ("--epochs", "1", "--decoder-epochs", "0", "--encoder-epochs", "0")
SHORT = ("--preset", "fast", *EPOCHS, "--batch-size", "64", "--no-extras", "--jobs", "1")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    """Three classes, one of five pictures, named as nobody should."""
    root = tmp_path_factory.mktemp("sets") / "shapes"
    generator = np.random.default_rng(0)
    for name, count in (("Tops <3", 90), ("caf\u00e9 \N{T-SHIRT}", 90), ("few", 5)):
        (root / name).mkdir(parents=True)
        for number in range(count):
            pixels = generator.integers(0, 256, (28, 28), np.uint8)
            Image.fromarray(pixels).save(root / name / f"{number}.png")
    return root


def config_of(shown):
    return json.loads(shown.config)


@pytest.mark.parametrize(
    ("kind", "latent_dim"),
    [
        pytest.param("speckle", 1, marks=pytest.mark.slow),
        pytest.param("masking", 3, marks=pytest.mark.slow),
        pytest.param("salt_pepper", 16, marks=pytest.mark.slow),
        ("gaussian", 2),
    ],
)
def test_a_model_of_ones_own_is_served(kind, latent_dim, shapes, tmp_path):
    own = ("--name", "mine", "--noise-kind", kind, "--latent-dim", str(latent_dim))
    assert training.main([*SHORT, *own, "--data", str(shapes), "--output", str(tmp_path)]) == 0
    shown = models.load(tmp_path)
    assert shown.complaints == {}
    config = config_of(shown)
    assert config["models"][0]["name"] == "mine"
    assert config["models"][0]["latent_dim"] == latent_dim
    assert config["models"][0]["projected"] == (latent_dim != 2)
    assert config["models"][0]["test_images"] == 12 + 12 + 1
    assert [config["classes"][sample["label"]]["name"] for sample in config["samples"]] == list(shown.engine.classes)
    recorded = json.loads((tmp_path / "mine" / "metrics.json").read_text())
    assert recorded["noise"]["kind"] == recorded["training"]["recipe"]["noise_kind"] == kind
    assert recorded["training"]["command"].split("--name ")[1].split()[0] == "mine"
    before = recorded["results"]
    arguments = [str(tmp_path / "mine"), "--data", str(shapes), "--no-map-quality"]
    assert evaluate.main(arguments) == 0
    assert json.loads((tmp_path / "mine" / "metrics.json").read_text())["results"]["0.25"] == before["0.25"]


def test_models_of_two_sets_do_not_share_a_folder(shapes, tmp_path, capsys):
    """They share the test images that the page shows."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "metrics.json").write_text('{"data_sha256": "of other images"}')
    command = [*SHORT, "--name", "mine", "--data", str(shapes), "--output", str(tmp_path)]
    assert training.main(command) == 1
    assert "other, which is of other images than shapes" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_a_name_that_differs_from_anothers_in_capitals_alone_is_refused(shapes, tmp_path, capsys):
    """Where capitals do not count, the other model was deleted."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.safetensors").write_text("weights")
    command = [*SHORT, "--name", "Mine", "--data", str(shapes), "--output", str(tmp_path)]
    assert training.main(command) == 1
    assert "holds mine, which on some systems is the same folder as Mine" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "name",
    ["", "a b", "../up", "a/b", ".hidden", "-x", "mod\u00e8le", "Sweep-2", "baselines", "nul", "\u017fweep", "n" * 65],
)
def test_a_name_that_is_no_folders_or_anothers_is_refused(name):
    with pytest.raises(ValueError, match="--name"):
        TrainConfig(preset="fast", name=name)


def test_a_name_is_of_one_model():
    with pytest.raises(ValueError, match="--models"):
        TrainConfig(name="mine")
    assert list(TrainConfig(name="mine", models=("basic",)).recipes()) == ["mine"]


def test_only_codes_of_two_numbers_under_gaussian_noise_are_refined():
    def steps(**options):
        [recipe] = TrainConfig(preset="fast", **options).recipes().values()
        return recipe.model.refine_steps

    assert steps() == steps(noise_kind="gaussian", latent_dim=2) > 0
    assert steps(noise_kind="masking") == steps(latent_dim=3) == steps(latent_dim=1) == 0
    assert steps(noise_kind="masking", noise_low=0, noise_high=0) > 0


def test_epochs_of_the_decoder_go_to_the_models_that_search_their_codes():
    recipes = TrainConfig(decoder_epochs=5, encoder_epochs=1).recipes()
    lengths = {name: (recipe.decoder_epochs, recipe.encoder_epochs) for name, recipe in recipes.items()}
    assert lengths == {"basic": (5, 1), "denoising": (5, 1), "denoising-64": (0, 0)}
    with pytest.raises(ValueError, match="--decoder-epochs needs codes that are searched"):
        TrainConfig(models=("denoising-64",), decoder_epochs=5)


@pytest.mark.parametrize(("own", "kept"), [(False, ["mine.txt"]), (True, ["mine.txt", "seeds.json", "sweep"])])
def test_what_the_models_before_shared_goes_with_them_if_they_were_of_other_images(
    own, kept, shapes, tmp_path, monkeypatch
):
    """Error bars, baselines and small networks of other images say nothing of the new models."""
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "2.safetensors").write_bytes(b"of the images before")
    for name in ("seeds.json", "mine.txt"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "denoising").mkdir()
    checksum = loading.load(shapes).checksum if own else "of other images"
    (tmp_path / "denoising" / "metrics.json").write_text(json.dumps({"data_sha256": checksum}))
    monkeypatch.setattr(pipeline, "_tasks", lambda _: [])  # as if all was trained
    assert training.main([*SHORT, "--data", str(shapes), "--output", str(tmp_path)]) == 0
    shared = {path.name for path in tmp_path.glob("[!.]*")} - {"denoising", "samples.png", "samples.webp"}
    assert sorted(shared) == kept
