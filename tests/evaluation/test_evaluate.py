"""Evaluation and baselines against closed forms and independent implementations."""

import json
import math
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import stats
from sklearn.decomposition import PCA

from autoencoder import Autoencoder, ModelConfig, evaluate, metrics
from autoencoder.data import loading
from autoencoder.data.dataset import Split
from autoencoder.evaluation import baselines, figures, map_quality
from autoencoder.evaluation.scores import Interval, score, unusual_above
from autoencoder.evaluation.scores import evaluate as evaluated
from autoencoder.evaluation.summary import table
from autoencoder.weights import latent_map
from autoencoder.weights.noisy_codes import NoisyCodes


def images(count=400, seed=0):
    """Smooth random pictures, so that neighbouring pixels tell about each other."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 1, 7, 7, generator=generator)
    return torch.nn.functional.interpolate(coarse, size=28, mode="bilinear")


def test_the_interval_is_the_normal_approximation():
    values = torch.rand(500, generator=torch.Generator().manual_seed(0))
    low, high = stats.norm.interval(0.95, loc=values.double().mean(), scale=stats.sem(values.double()))
    interval = Interval.of(values)
    assert (interval.low, interval.high, interval.n) == (pytest.approx(low), pytest.approx(high), 500)


def test_doing_nothing_scores_the_noise_itself():
    """On mid-grey, far from clipping, the error of the noisy image is the squared level."""
    grey = torch.full((200, 1, 28, 28), 0.5)
    result = score(lambda x: x, grey, level=0.05)["mse"]
    assert result.mean == pytest.approx(0.05**2, rel=0.02)
    assert result.low < 0.05**2 < result.high


def test_methods_under_one_seed_see_the_same_noise():
    seen = []

    def remember(x):
        seen.append(x)
        return x

    score(remember, images(50), 0.25, seed=3)
    score(remember, images(50), 0.25, seed=3)
    assert torch.equal(seen[0], seen[1])


def test_the_table_sets_the_reference_beside_its_own_noise_level():
    interval = {"mean": 0.5, "low": 0.4, "high": 0.6, "n": 9}
    scores = dict.fromkeys(("mse", "psnr", "ssim", "ssim_global"), interval)
    lines = table({"0.1": scores, "0.25": scores}).splitlines()
    assert "0.50000 ± 0.10000" in lines[2]
    assert "16.33" not in lines[2]
    assert "0.0268, 16.33, 0.821" in lines[3]


def test_five_per_cent_of_the_images_are_more_unusual_than_the_threshold():
    torch.manual_seed(0)
    model = Autoencoder(ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8)).eval()
    x = images(200)
    with torch.no_grad():
        distances = [1 - metrics.ssim(model(image)[0], image).item() for image in x.split(1)]
    assert np.mean(np.array(distances) > unusual_above(model, x)) == 0.05


def test_pca_equals_scikit_learns():
    x = images()
    fitted = PCA(5, svd_solver="full").fit(x.flatten(1).double().numpy())
    expected = fitted.inverse_transform(fitted.transform(x.flatten(1).double().numpy()))
    assert np.allclose(baselines.pca(x, 5)(x).flatten(1), expected, atol=1e-4)


def test_wiener_beats_every_other_linear_guess_on_its_own_noise():
    """LMMSE is optimal among affine estimates: neither the noisy image, nor the mean, nor a blend beats it."""
    train, test = images(3000), images(300, seed=1)
    method = baselines.wiener(train, 0.25)
    mean = train.mean(0, keepdim=True)
    error = score(method, test, 0.25)["mse"].mean
    assert error < 0.5 * score(lambda x: x, test, 0.25)["mse"].mean
    assert error < score(lambda x: mean.expand_as(x), test, 0.25)["mse"].mean
    assert error < score(lambda x: 0.5 * x + 0.5 * mean, test, 0.25)["mse"].mean


def test_parameters_are_chosen_by_the_error():
    x = images(50)
    parameter, _ = baselines.choose(((s, baselines.gaussian_blur(s)) for s in (0.1, 1.0, 8.0)), x, 0.25)
    assert parameter == 1.0


def test_the_baselines_report_is_json_although_an_untouched_picture_has_no_error(monkeypatch):
    monkeypatch.setattr(baselines, "LEVELS", (0.0,))
    report = baselines.measure(images(70), images(3, seed=1))
    assert json.loads(json.dumps(report, allow_nan=False))["0"]["no denoising"]["psnr"]["mean"] is None


def test_a_filter_treats_each_image_alone():
    x = images(3)
    for method in (baselines.gaussian_blur(1), baselines.median(3), baselines.total_variation(0.1)):
        assert torch.allclose(method(x)[1:2], method(x[1:2]), atol=1e-6)


def test_knn_accuracy_of_labels_that_the_place_tells_is_perfect_and_of_random_ones_is_chance():
    generator = torch.Generator().manual_seed(0)
    codes = torch.rand(2000, 2, generator=generator)
    tells, random = (codes[:, 0] * 10).long(), torch.randint(10, (2000,), generator=generator)
    assert map_quality.knn_accuracy(codes[:1500], tells[:1500], codes[1500:], tells[1500:], 5) > 0.9
    assert map_quality.knn_accuracy(codes[:1500], random[:1500], codes[1500:], random[1500:], 5) < 0.2


def test_the_amortisation_gap_finds_codes_that_the_encoder_misses():
    """Images drawn by the decoder itself have a code of error zero, which an untrained encoder cannot know."""
    torch.manual_seed(1)
    model = Autoencoder(ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8)).eval()
    with torch.no_grad():
        targets = model.decode(torch.rand(20, 2) * 0.2)
    gap = map_quality.amortisation_gap(model, targets)
    assert gap["optimised_mse"] < 0.01 * gap["encoder_mse"]
    assert gap["gap"] == pytest.approx(gap["encoder_mse"] - gap["optimised_mse"])
    assert gap["n"] == 20
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ({"seed": -1}, "--seed"),
        ({"seed": 2**63}, "--seed"),
        ({"threads": -1}, "--threads"),
        ({"device": "tpu"}, "--device"),
    ],
)
def test_impossible_options_are_refused_by_their_flag(arguments, flag):
    with pytest.raises(ValueError, match=flag):
        evaluate.EvaluateConfig(**arguments)


def test_a_folder_without_a_model_is_a_sentence(tmp_path, capsys):
    assert evaluate.main([str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert "holds no model that can be read" in message
    assert "Traceback" not in message


def test_intervals_of_real_numbers_are_finite():
    assert all(math.isfinite(value) for value in vars(score(lambda x: x, images(20), 0.1)["psnr"]).values())


class AppleTensor(torch.Tensor):
    """Stands for a tensor on Apple's GPU: refuses double precision and eigenvectors until it is on the CPU."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func is torch.Tensor.cpu:
            return args[0].as_subclass(torch.Tensor)
        if func is torch.linalg.eigh:
            raise NotImplementedError("aten::_linalg_eigh is not implemented for the MPS device")
        result = super().__torch_function__(func, types, args, kwargs or {})
        if isinstance(result, torch.Tensor) and result.dtype == torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        return result


def test_what_is_measured_is_the_same_where_there_is_no_double_precision():
    x = images(900)
    apple = x.as_subclass(AppleTensor)
    with pytest.raises(TypeError, match="float64"):
        apple.double()
    for method in (lambda train: baselines.pca(train, 3), lambda train: baselines.wiener(train, 0.25)):
        assert torch.allclose(method(apple)(apple).cpu(), method(x)(x), atol=1e-6)
        assert type(method(apple)(apple)) is AppleTensor
    assert score(lambda noisy: noisy, apple, 0.25) == score(lambda noisy: noisy, x, 0.25)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A model's folder and the images that it is recorded to be of."""
    root = tmp_path_factory.mktemp("evaluate")
    folder, own, other = root / "model", root / "own", root / "other"
    Autoencoder(ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8)).save_pretrained(folder)
    for seed, place in enumerate((own, other)):
        for name in ("a", "b"):
            (place / name).mkdir(parents=True)
            for number, image in enumerate((images(50, seed + len(name)) * 255).round().to(torch.uint8)):
                Image.fromarray(image[0].numpy()).save(place / name / f"{number}.png")
    (folder / "metrics.json").write_text(json.dumps({"training": {"seed": 3}, "weights_sha256": "of older weights"}))
    return folder, own, other


@pytest.mark.parametrize("damage", ["{", "[]", '{"noise": null}', '{"noise": {"kind": 3}}', '{"data": null}'])
def test_damaged_figures_are_a_sentence_before_anything_is_measured(measured, damage, tmp_path, capsys):
    folder = shutil.copytree(measured[0], tmp_path / "model")
    (folder / "metrics.json").write_text(damage)
    assert evaluate.main([str(folder)]) == 1
    assert "metrics.json is damaged: remove it" in capsys.readouterr().err


def test_figures_of_one_set_are_recorded_as_a_whole_and_those_of_another_not_at_all(measured, tmp_path, capsys):
    folder, own, other = measured
    folder = shutil.copytree(folder, tmp_path / "model")
    recorded = json.loads((folder / "metrics.json").read_text())
    recorded |= {"map": {"knn5_accuracy": 0.9}, "amortisation": {"gap": 0.1}}
    (folder / "metrics.json").write_text(json.dumps(recorded))
    for name in ("latent_map.npz", "film.safetensors", "film.webp"):
        (folder / name).write_bytes(b"of older weights")
    assert evaluate.main([str(folder), "--data", str(own), "--no-map-quality"]) == 0
    model, test = Autoencoder.from_pretrained(folder), loading.load(own).test
    plane = latent_map.LatentMap.from_bytes((folder / "latent_map.npz").read_bytes())
    assert np.allclose(plane.codes, model.eval().encode(test.images).detach().numpy(), atol=1e-5)
    with Image.open(folder / "atlas.webp") as atlas:
        assert atlas.size == (48 * 28, 48 * 28)
    assert not list(folder.glob("film.*"))
    codes = (folder / "noisy_codes.safetensors").read_bytes()
    assert len(NoisyCodes.from_bytes(codes, plane).rows) == 14
    of_own = json.loads((folder / "metrics.json").read_text())
    assert "map" not in of_own
    assert of_own["data"] == {"name": "own", "train": 86, "test": 14}
    assert of_own["data_sha256"] == loading.load(own).checksum
    assert of_own["training"] == {"seed": 3}
    assert evaluate.main([str(folder), "--data", str(other), "--no-map-quality"]) == 0
    assert json.loads((folder / "metrics.json").read_text()) == of_own
    assert (folder / "noisy_codes.safetensors").read_bytes() == codes
    assert "Not recorded" in capsys.readouterr().out


def test_a_model_that_only_lacks_its_map_is_measured_without_being_named(measured, tmp_path, monkeypatch):
    folder, own, _ = measured
    shutil.copytree(folder, tmp_path / "weights" / "model")
    monkeypatch.chdir(tmp_path)
    assert evaluate.main(["--data", str(own), "--no-map-quality"]) == 0
    assert (tmp_path / "weights" / "model" / "latent_map.npz").exists()


def test_refined_and_unrefined_codes_are_measured_under_the_same_noise():
    """Where a step of refinement changes nothing, both have the same error."""
    model = Autoencoder(ModelConfig(encoder_widths=(16,), decoder_widths=(16,), sine_features=8, refine_steps=1))
    test = Split(images(40), torch.zeros(40, dtype=torch.long))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Autoencoder, "_refined", lambda self, z, x: z)
        report = evaluated(model, test, test, with_map_quality=False, kind="masking")
    assert report["unrefined"]["0.25"]["mse"] == report["results"]["0.25"]["mse"]


@pytest.mark.parametrize("names", [("$", "$$", "$$$"), ("$10-$20", "x_{", "\N{T-SHIRT}")])
def test_any_name_can_be_drawn(names, tmp_path):
    labels = np.arange(30) % 3
    pictures = images(30)[:, 0].numpy()
    for figure in (
        figures.one_of_each_class(pictures, labels, names),
        figures.latent_space(np.random.default_rng(0).random((30, 2), np.float32), labels, names, "map"),
    ):
        figures.save(figure, tmp_path / "figure.png")
