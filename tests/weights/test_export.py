"""ONNX files: the same answers as torch, for any batch, and what they say about themselves."""

import importlib.util
import shutil
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from autoencoder import corrupt, export
from autoencoder.model.config import ModelConfig
from autoencoder.model.network import Autoencoder
from autoencoder.weights import checkpoint, onnx_export
from autoencoder.weights.onnx_export import ExportError
from autoencoder.weights.onnx_graph import PARTS, solve
from tests.conftest import ROOT

WEIGHTS = ROOT / "weights"
SMALL = ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8, refine_steps=2, refine_noisy=True)


@pytest.fixture(scope="module")
def images(samples):
    return torch.from_numpy(samples[:1000, None]).float() / 255


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the command writes for the denoising model, having checked it on 1,000 test images."""
    root = tmp_path_factory.mktemp("onnx")
    arguments = [str(WEIGHTS / "denoising"), "--output", str(root), "--samples", str(WEIGHTS)]
    assert export.main(arguments) == 0
    return root / "denoising"


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Autoencoder(SMALL).eval()


def answer(path, value):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: value.numpy()})


@pytest.mark.slow
def test_command_writes_every_part(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{part}.onnx" for part in PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.0, 0.25])
def test_refined_codes_and_pictures_are_those_of_torch(folder, images, level):
    """To 0.00001 on 1,000 images of torch in double precision, which needs none of the exporter's tricks."""
    noisy = corrupt(images, "gaussian", level, torch.Generator().manual_seed(0))
    exact = checkpoint.load_model(WEIGHTS / "denoising")
    exact.prepare()  # in single precision: another plane would have other ties between its cells
    exact.double()
    with torch.inference_mode():
        reconstruction, z = (each.numpy() for each in exact(noisy.double()))
    found, code = answer(folder / "autoencoder.onnx", noisy)
    assert np.abs(found - reconstruction).max() < 1e-5
    assert np.abs(code - z).max() < 1e-5
    assert np.abs(answer(folder / "encoder.onnx", noisy)[0] - z).max() < 1e-5


@pytest.mark.slow
def test_the_app_gives_the_same_codes_to_what_single_precision_allows(folder, images, checkpoints):
    """Almost all: rounding moves a few codes on the sheet's sharp folds, or to another cell that fits as well."""
    with torch.inference_mode():
        z = checkpoints["denoising"].model.encode(images).numpy()
    apart = np.abs(answer(folder / "encoder.onnx", images)[0] - z).max(1)
    assert (apart < 1e-5).mean() > 0.97
    assert (apart < 1e-3).mean() > 0.99


@pytest.mark.slow
def test_decoder_and_unrefined_encoder_are_those_of_the_app(folder, images, checkpoints):
    model = checkpoints["denoising"].model
    with torch.inference_mode():
        z = model.encode(images, refined=False)
        picture = model.decode(z).numpy()
    assert np.abs(answer(folder / "encoder_unrefined.onnx", images)[0] - z.numpy()).max() < 2e-5
    assert np.abs(answer(folder / "decoder.onnx", z)[0] - picture).max() < 1e-5


@pytest.mark.slow
def test_a_batch_may_have_any_length(folder, images):
    together = answer(folder / "autoencoder.onnx", images[:7])
    alone = [answer(folder / "autoencoder.onnx", images[i : i + 1]) for i in range(7)]
    for output, parts in zip(together, zip(*alone, strict=True), strict=True):
        assert np.abs(output - np.concatenate(parts)).max() < 1e-5


@pytest.mark.slow
def test_a_file_says_what_goes_in_and_out(folder):
    content = onnx.load(folder / "autoencoder.onnx")
    onnx.checker.check_model(content, full_check=True)
    about = {each.key: each.value for each in content.metadata_props}
    assert about["image"].startswith("(batch, 1, 28, 28) float32 in [0, 1]")
    assert about["reconstruction"].startswith("(batch, 1, 28, 28) float32 in [0, 1]")
    assert about["code"].startswith("(batch, 2) float32")
    assert about["weights_sha256"] == checkpoint.sha256(WEIGHTS / "denoising" / "model.safetensors")
    (entry,) = content.graph.input
    first, *rest = entry.type.tensor_type.shape.dim
    assert first.dim_param == "batch"
    assert [each.dim_value for each in rest] == [1, 28, 28]


@pytest.mark.slow
def test_convolutional_model_agrees_too_but_for_the_refinement_that_it_says_is_left_out(tmp_path, images):
    model = checkpoint.load_model(WEIGHTS / "denoising-64")
    onnx_export.write(model, "autoencoder", tmp_path / "autoencoder.onnx", {})
    about = {each.key: each.value for each in onnx.load(tmp_path / "autoencoder.onnx").metadata_props}
    assert about["refinement"] == "left out"
    with torch.inference_mode():
        z = model.encode(images, refined=False)
        expected = model.decode(z), z
    for found, each in zip(answer(tmp_path / "autoencoder.onnx", images), expected, strict=True):
        assert np.abs(found - each.numpy()).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("knows_noise", [False, True])
def test_a_model_that_searches_agrees_for_any_batch(tmp_path, images, knows_noise):
    torch.manual_seed(0)
    model = Autoencoder(replace(SMALL, refine_noisy=knows_noise, search_cells=8)).eval()
    onnx_export.write(model, "encoder", tmp_path / "encoder.onnx", {})
    assert onnx_export.check(tmp_path / "encoder.onnx", model, "encoder", images[:5]).difference < 1e-5


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_unrolled_elimination_solves_what_numpy_solves(size):
    generator = torch.Generator().manual_seed(size)
    roots = torch.randn(20, size, size, generator=generator, dtype=torch.float64)
    matrix = roots @ roots.mT + 0.1 * torch.eye(size, dtype=torch.float64)
    right = torch.randn(20, size, 2, generator=generator, dtype=torch.float64)
    assert np.allclose(solve(matrix, right), np.linalg.solve(matrix.numpy(), right.numpy()), rtol=1e-8)
    with pytest.raises(ValueError, match="Only matrix @ x"):
        solve(matrix, right, left=False)


@pytest.mark.slow
def test_a_file_that_disagrees_is_refused(tmp_path, model):
    onnx_export.write(model, "decoder", tmp_path / "decoder.onnx", {})
    images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    assert onnx_export.check(tmp_path / "decoder.onnx", model, "decoder", images).difference < 1e-5
    with torch.no_grad():
        model.decoder[1].weight.mul_(1.01)
    with pytest.raises(ExportError, match=r"decoder\.onnx differs from torch"):
        onnx_export.check(tmp_path / "decoder.onnx", model, "decoder", images)


def test_what_prevents_an_export_is_one_sentence(tmp_path, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxscript" else find(name))
    assert export.main(["--output", str(tmp_path / "out")]) == 1
    assert "needs onnxscript. Install it with 'pip install onnxscript'" in capsys.readouterr().err
    monkeypatch.undo()
    assert export.main([str(tmp_path), "--output", str(tmp_path / "out"), "--samples", str(WEIGHTS)]) == 1
    assert "holds no model" in capsys.readouterr().err
    kept = tmp_path / "basic"
    shutil.copytree(WEIGHTS / "basic", kept)
    assert export.main([str(kept), "--output", str(tmp_path), "--samples", str(WEIGHTS)]) == 1
    assert "holds other files, which would be replaced" in capsys.readouterr().err
    assert (kept / "model.safetensors").exists()
    mine = tmp_path / "onnx" / "basic" / ".git" / "HEAD"
    mine.parent.mkdir(parents=True)
    mine.touch()
    assert export.main([str(kept), "--output", str(tmp_path / "onnx"), "--samples", str(WEIGHTS)]) == 1
    assert "holds other files, which would be replaced" in capsys.readouterr().err
    assert mine.exists()
    assert export.main([str(kept), str(WEIGHTS / "basic"), "--output", str(tmp_path / "out")]) == 1
    assert "Two of the models have the same name" in capsys.readouterr().err
    with pytest.raises(ValueError, match="--images must lie in"):
        export.ExportConfig(images=0)
    assert not (tmp_path / "out").exists()


def test_a_model_that_lacks_what_is_not_exported_is_exported(tmp_path, monkeypatch):
    folder = tmp_path / "weights" / "basic"
    folder.mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        shutil.copy(WEIGHTS / "basic" / name, folder)
    monkeypatch.chdir(tmp_path)
    exported = []

    def note(path, *_):
        exported.append(path)
        return []

    monkeypatch.setattr(export, "export", note)
    assert export.main(["--samples", str(WEIGHTS)]) == 0
    assert [path.resolve() for path in exported] == [folder]
