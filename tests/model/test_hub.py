"""`make hub`: what is uploaded, and that it is all that another machine needs."""

import shutil
import subprocess

import pytest
import safetensors.torch
import torch
from huggingface_hub import ModelCard
from huggingface_hub.repocard_data import model_index_to_eval_results

from autoencoder import Autoencoder
from tests.conftest import ROOT

NAMES = sorted(path.parent.name for path in (ROOT / "weights").glob("*/config.json"))


@pytest.fixture
def environment(tmp_path):
    """A virtual environment that is set up already, whose `hf` writes down what it is asked."""
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "hf"
    command.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    command.chmod(0o755)
    (tmp_path / "app").touch()
    return tmp_path


def make_hub(environment, *variables):
    command = ["make", "--no-print-directory", "-o", "requirements.txt", "hub", f"VENV={environment}", *variables]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_each_model_goes_to_a_repository_of_its_own(environment):
    assert make_hub(environment, "REPO=me/garment").returncode == 0
    asked = (environment / "asked").read_text().splitlines()
    assert sorted(asked) == sorted(f"upload me/garment-{name} weights/{name} . --repo-type model" for name in NAMES)


def test_without_a_name_it_says_what_is_missing(environment):
    ended = make_hub(environment)
    assert ended.returncode != 0
    assert "make hub REPO=" in ended.stdout
    assert not (environment / "asked").exists()


def test_dry_run_lists_all_files_and_uploads_none(environment):
    listed = set(make_hub(environment, "REPO=me/garment", "DRY_RUN=1").stdout.split())
    assert not (environment / "asked").exists()
    for name in NAMES:
        files = {path for path in (ROOT / "weights" / name).rglob("*") if path.is_file()}
        assert {f"me/garment-{name}/{path.relative_to(ROOT / 'weights' / name)}" for path in files} <= listed


@pytest.mark.parametrize("name", NAMES)
def test_what_is_uploaded_is_a_whole_model_with_a_card_that_the_hub_reads(name, tmp_path):
    """Weights, configuration and the card's results, its pictures included, from the folder alone."""
    folder = tmp_path / "download"
    shutil.copytree(ROOT / "weights" / name, folder)
    model = Autoencoder.from_pretrained(str(folder)).eval()
    with torch.inference_mode():
        reconstruction, z = model(torch.zeros(2, 1, 28, 28))
    assert reconstruction.shape == (2, 1, 28, 28)
    assert z.shape == (2, model.config.latent_dim)
    card = ModelCard.load(folder / "README.md")
    assert card.data.license == "mit"
    assert card.data.datasets == ["zalando-datasets/fashion_mnist"]
    named, results = model_index_to_eval_results(card.data.to_dict()["model-index"])
    assert named == name
    assert {each.metric_type for each in results} == {"mse", "psnr", "ssim", "ssim_global"}
    for line in card.content.splitlines():
        if line.startswith("!["):
            assert (folder / line.split("(")[1].rstrip(")")).is_file()


def test_weights_that_lack_a_tensor_are_refused(tmp_path):
    shutil.copytree(ROOT / "weights" / "basic", tmp_path, dirs_exist_ok=True)
    tensors = safetensors.torch.load_file(tmp_path / "model.safetensors")
    del tensors["decoder.1.weight"]
    safetensors.torch.save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(RuntimeError, match=r"decoder\.1\.weight"):
        Autoencoder.from_pretrained(tmp_path)
