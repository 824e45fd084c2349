"""The sweep's networks: what was written is what was trained, to float16, and damage is named."""

import json
import shutil

import pytest
import safetensors.torch
import torch

from autoencoder import Autoencoder
from autoencoder.evaluation.scores import score
from autoencoder.model import pca
from autoencoder.training import sweep
from autoencoder.weights import browser_export, sweep_networks
from tests.conftest import ROOT
from tests.support.damaged_weights import cut

SHIPPED = ROOT / "weights"


@pytest.fixture
def root(tmp_path):
    """A weights folder with two widths and PCA."""
    (tmp_path / sweep_networks.FOLDER).mkdir()
    for dim in (2, 4):
        torch.manual_seed(dim)
        content = browser_export.network(Autoencoder(sweep.recipe_for(dim).model).eval())
        (tmp_path / sweep_networks.FOLDER / sweep_networks.file_name(dim)).write_bytes(content)
    found = pca.fit(torch.rand(50, 784, generator=torch.Generator().manual_seed(0)), 4)
    (tmp_path / sweep_networks.FOLDER / sweep_networks.PCA_FILE).write_bytes(sweep_networks.pca_content(found))
    return tmp_path


def test_a_network_comes_back_and_answers_alike():
    """Oracle: the network itself; its matrices alone are rounded."""
    torch.manual_seed(0)
    model = Autoencoder(sweep.recipe_for(8).model).eval()
    again = browser_export.from_network(browser_export.network(model))
    assert again.config == model.config
    x = torch.rand(5, 1, 28, 28)
    with torch.inference_mode():
        assert torch.allclose(model(x)[0], again(x)[0], atol=2e-3)


def test_sound_files_are_given_by_their_names(root):
    found, damaged = sweep_networks.load(root)
    assert set(found) == {"sweep/2.safetensors", "sweep/4.safetensors", "sweep/pca.safetensors"}
    assert damaged == []


def rewrite(path, change):
    content = path.read_bytes()
    tensors = safetensors.torch.load(content)
    change(tensors)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    path.write_bytes(safetensors.torch.save(tensors, header["__metadata__"]))


def eight_bits(tensors):
    return {name: tensor.to(torch.float8_e4m3fn) for name, tensor in tensors.items()}


DAMAGE = {
    "cut off": cut,
    "empty": lambda path: path.write_bytes(b""),
    "of another width": lambda path: shutil.copy(path.with_name("2.safetensors"), path),
    "no configuration": lambda path: path.write_bytes(safetensors.torch.save({"a": torch.zeros(3)})),
    "a weight too few": lambda path: rewrite(path, lambda tensors: tensors.pop("linear_encoder.weight")),
    "eight bits": lambda path: rewrite(path, lambda tensors: tensors.update(eight_bits(tensors))),
    "NaN": lambda path: rewrite(path, lambda tensors: tensors["linear_encoder.weight"].fill_(torch.nan)),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_network_is_left_out_and_named(root, kind):
    DAMAGE[kind](root / "sweep" / "4.safetensors")
    found, damaged = sweep_networks.load(root)
    assert damaged == ["sweep/4.safetensors"]
    assert set(found) == {"sweep/2.safetensors", "sweep/pca.safetensors"}


def test_without_components_there_is_nothing_to_compare(root):
    cut(root / "sweep" / "pca.safetensors")
    assert sweep_networks.load(root) == ({}, ["sweep/pca.safetensors"])


@pytest.mark.parametrize("dim", [2, 64])
def test_the_recorded_errors_are_those_of_the_shipped_networks(dim, samples):
    content = (SHIPPED / "sweep" / sweep_networks.file_name(dim)).read_bytes()
    model = browser_export.from_network(content)
    row = next(row for row in json.loads((SHIPPED / sweep.FILE).read_text())["rows"] if row["latent_dim"] == dim)
    test = torch.from_numpy(samples[:, None]).float() / 255
    for level in sweep.LEVELS:
        found = score(lambda x: model(x)[0], test, level, 0, ("mse",))["mse"]
        assert found.mean == pytest.approx(row[f"autoencoder_{level:g}"]["mean"], rel=1e-4)


def test_all_together_are_small_enough_to_be_shipped():
    files = list((SHIPPED / "sweep").iterdir())
    assert len(files) == len(sweep.LATENT_DIMS) + 1
    assert sum(path.stat().st_size for path in files) <= 3_000_000
