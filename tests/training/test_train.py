"""Training on the real data: it learns, repeats itself bit by bit, and leaves the old weights alone when it fails."""

import csv
import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import PureWindowsPath

import pytest
import torch

from autoencoder import train as training
from autoencoder.data.dataset import validation_split
from autoencoder.model.config import NOTEBOOK, ModelConfig
from autoencoder.training import tensorboard
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.fit import Callbacks, fit, validation_mse
from autoencoder.training.options import TrainConfig
from autoencoder.training.recipes import PRESETS, Recipe
from autoencoder.training.training_run import TrainingError
from autoencoder.weights import checkpoint, file_checks, noisy_codes, thumbnails
from tests.conftest import ROOT

QUICK = Recipe(
    model=ModelConfig(encoder_widths=(64, 64), decoder_widths=(64, 64), sine_features=64),
    epochs=2,
    batch_size=128,
    noise_high=0.6,
    fill_weight=0.01,
    validation_size=500,
)


@pytest.fixture(scope="module")
def splits(fashion):
    train, validation = validation_split(fashion.train.subset(slice(4_000)), size=QUICK.validation_size)
    return train.images, validation.images


@pytest.fixture(scope="module")
def fitted(splits):
    return fit(QUICK, *splits, seed=0)


def test_a_short_training_on_real_data_beats_the_mean_image(fitted, splits):
    train, validation = splits
    mean_error = (validation - train.mean(0)).square().mean().item()
    assert fitted.history[-1].validation_mse < 0.75 * mean_error
    assert fitted.history[-1].train_loss < fitted.history[0].train_loss


def test_the_log_tells_the_error_of_the_kept_weights(fitted, splits):
    told = fitted.history[fitted.best_epoch - 1].validation_mse
    assert validation_mse(fitted.model, splits[1], QUICK) == pytest.approx(told, rel=1e-5)


def test_the_kept_weights_are_those_of_the_best_epoch(splits, monkeypatch):
    weights, errors = [], iter((0.03, 0.01, 0.02))

    def error(run, _):
        weights.append({name: value.clone() for name, value in run.model.state_dict().items()})
        return next(errors)

    monkeypatch.setattr("autoencoder.training.fit._validation_error", error)
    kept = fit(replace(QUICK, epochs=3), splits[0][:500], splits[1], seed=0)
    assert kept.best_epoch == 2
    assert all(torch.equal(value, weights[1][name]) for name, value in kept.model.state_dict().items())
    assert not kept.model.training


def test_the_same_seed_gives_the_same_weights_bit_by_bit(fitted, splits):
    again = fit(QUICK, *splits, seed=0)
    for name, value in fitted.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name]), name


def test_training_leaves_the_global_random_state_alone(splits):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(Recipe(model=QUICK.model, epochs=1, validation_size=500), splits[0][:600], splits[1], seed=1)
    assert torch.equal(torch.rand(3), expected)


def test_progress_counts_every_step_to_the_end(splits):
    calls = []
    fit(
        Recipe(model=QUICK.model, epochs=2, batch_size=256),
        splits[0][:1000],
        splits[1],
        0,
        Callbacks(report=lambda *call: calls.append(call)),
    )
    assert [done for done, *_ in calls] == list(range(1, 9))
    assert {total for _, total, *_ in calls} == {8}


def test_too_few_images_are_refused(splits):
    with pytest.raises(TrainingError, match="--batch-size"):
        fit(replace(QUICK, batch_size=512), splits[0][:100], splits[1], 0)


def test_a_diverging_loss_says_what_to_change(splits):
    recipe = Recipe(model=QUICK.model, epochs=1, batch_size=64, optimizer="adamw", learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"at epoch 1, step \d of 8: lower --learning-rate"):
        fit(recipe, splits[0][:500], splits[1], 0)


def test_the_notebook_preset_is_the_reference_recipe():
    recipe = PRESETS["notebook"]["denoising"]
    assert recipe.model == NOTEBOOK
    assert (recipe.batch_size, recipe.epochs, recipe.optimizer, recipe.schedule) == (128, 100, "adamw", "plateau")
    assert (recipe.learning_rate, recipe.weight_decay, recipe.clip_norm, recipe.l1_weight) == (1e-3, 1e-5, 1.0, 0.3)
    assert (recipe.noise_low, recipe.noise_high, recipe.keep, recipe.validation_size) == (0.25, 0.25, "training", 0)
    assert recipe.decoder_epochs == recipe.encoder_epochs == recipe.fill_weight == 0
    assert PRESETS["notebook"]["basic"].noise_high == 0


def test_the_plateau_schedule_follows_the_training_loss(splits):
    """Oracle: torch's own scheduler, fed with the recorded losses, asks for the recorded learning rates."""
    recipe = replace(PRESETS["notebook"]["denoising"], model=QUICK.model, epochs=16, batch_size=250, learning_rate=1e-6)
    history = fit(recipe, splits[0][:500], splits[1], seed=0).history
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-6)
    oracle = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=5)
    expected = []
    for epoch in history:
        oracle.step(epoch.train_loss)
        expected.append(optimizer.param_groups[0]["lr"])
    assert [epoch.learning_rate for epoch in history] == pytest.approx(expected, rel=1e-9, abs=0)
    assert expected[-1] < expected[0]


def test_our_denoising_recipe_draws_its_noise_from_zero_to_0_6():
    recipe = PRESETS["default"]["denoising"]
    assert (recipe.noise_low, recipe.noise_high) == (0.0, 0.6)
    assert PRESETS["default"]["basic"].noise_high == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 1),
        ("learning_rate", 0.0),
        ("noise_high", 1.5),
        ("noise_low", 0.7),
        ("l1_weight", 2.0),
        ("code_jitter", -0.1),
        ("decoder_rate", 0.0),
        ("decoder_epochs", 1),
        ("fill_weight", -1.0),
        ("muon_steps", 0),
        ("validation_size", 0),
    ],
)
def test_impossible_recipes_are_refused_by_their_name(field, value):
    """Not as an option: the command line has few of that name."""
    with pytest.raises(ValueError, match=rf"(?<!-)\b{field}\b"):
        replace(QUICK, **{field: value})


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ({"models": ("nobody",)}, "--models"),
        ({"device": "tpu"}, "--device"),
        ({"threads": 0}, "--threads"),
        ({"seed": -1}, "--seed"),
        ({"epochs": 0}, "--epochs must be"),
        ({"noise_low": 0.5, "noise_high": 0.25}, "--noise-low and --noise-high must"),
        ({"noise_low": 0.1}, "got 0.1 and 0.0. These are of basic: say with --models which are meant"),
        ({"code_jitter": 0.1, "models": ("denoising-64",)}, "--code-jitter is of the passes that fit the decoder"),
        ({"code_jitter": 0.1, "decoder_epochs": 0}, "--code-jitter is of the passes that fit the decoder"),
        ({"latent_dim": 785}, "--latent-dim must"),
        ({"latent_dim": 0}, "--latent-dim"),
        ({"train_size": 11}, "--train-size"),
    ],
)
def test_impossible_options_are_refused_by_their_flag(arguments, flag):
    with pytest.raises(ValueError, match=flag):
        TrainConfig(**arguments)


@pytest.mark.parametrize(("name", "noise", "is_noisy"), [("basic", 0.6, True), ("denoising", 0.0, False)])
def test_codes_are_searched_as_the_images_come_noisy_or_clean(name, noise, is_noisy):
    """A model trained on noise alone and searched without it was worse than its encoder."""
    recipe = TrainConfig(models=(name,), noise_high=noise).recipes()[name]
    assert recipe.model.refine_noisy == is_noisy


def test_a_lower_rate_slows_both_optimizers():
    """Muon trains most of a model of two numbers: to such a one "lower --learning-rate" would say nothing."""
    rates = [(recipe.learning_rate, recipe.muon_learning_rate) for recipe in TrainConfig().recipes().values()]
    assert rates == [(recipe.learning_rate, recipe.muon_learning_rate) for recipe in PRESETS["default"].values()]
    [lower] = TrainConfig(models=("denoising",), learning_rate=0.002).recipes().values()
    assert (lower.learning_rate, lower.muon_learning_rate) == pytest.approx((0.002, 0.006))


def test_the_recorded_command_gives_the_same_configuration():
    config = TrainConfig(models=("denoising",), preset="fast", epochs=2, seed=3, extras=False)
    assert config.command == (
        "python -m autoencoder.train --models denoising --preset fast --epochs 2 --seed 3 --no-extras"
    )


def test_how_many_are_trained_at_once_and_what_is_logged_is_not_recorded():
    assert TrainConfig(jobs=3, log="tensorboard", seed=3).command == "python -m autoencoder.train --seed 3"


def test_on_windows_the_command_to_go_on_with_is_quoted_as_its_shell_wants(monkeypatch):
    config = TrainConfig(models=("basic",), data=PureWindowsPath(r"C:\my sets\mine"), output=PureWindowsPath(r"D:\out"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        command = config.resume_command
    assert command == r'autoencoder.train --models basic --output D:\out --data "C:\my sets\mine" --resume'


@pytest.mark.slow
def test_the_command_line_writes_a_complete_folder_and_a_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    epochs = [f"--{name}=1" for name in ("epochs", "decoder-epochs", "encoder-epochs")]
    options = ["--preset", "fast", *epochs, "--train-size", "7000", "--no-extras", "--jobs", "1"]
    options += ["--log", "tensorboard"]
    assert training.main([*options, "--output", str(tmp_path / "out")]) == 0
    folder = tmp_path / "out" / "denoising"
    loaded = checkpoint.load(folder)
    assert loaded.metrics.results["0.25"].mse.n == 10_000
    assert loaded.metrics.training.command.startswith("python -m autoencoder.train --preset fast")
    assert (datetime.now(UTC) - datetime.fromisoformat(loaded.metrics.training.finished)).days == 0
    assert 0 < loaded.metrics.unusual_above < 1
    assert file_checks.noisy_codes(folder / noisy_codes.FILE, loaded.latent_map)
    rows = list(csv.DictReader((folder / "history.csv").read_text().splitlines()))
    assert [row["phase"] for row in rows] == ["joint", "decoder", "encoder"]
    expect_logged("build/runs/out-seed-0/denoising", rows)
    assert all(math.isfinite(float(row["validation_mse"])) for row in rows)
    figures = {path.stem for path in (folder / "figures").glob("*.png")}
    assert figures == {
        "classes",
        "reconstruction_grid",
        "error_maps",
        "noise_robustness",
        "latent_space",
        "training_curves",
    }
    assert len(thumbnails.load(tmp_path / "out")) == 10_000
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_without_a_preset_every_model_and_extra_is_written(small_set, tmp_path):
    options = ["--epochs", "1", "--batch-size", "64", "--data", str(small_set), "--output", str(tmp_path / "out")]
    assert training.main(options) == 0
    loaded = [checkpoint.load(tmp_path / "out" / name) for name in ("basic", "denoising", "denoising-64")]
    assert [each.model.config for each in loaded] == [recipe.model for recipe in PRESETS["default"].values()]
    assert {each.name for each in (tmp_path / "out").iterdir() if each.is_file()} == {
        each.name
        for each in (ROOT / "weights").iterdir()
        if each.is_file() and each.name not in ("seeds.json", "maps.json")
    }


def expect_logged(folder, rows):
    """TensorBoard's own reader finds each row's numbers."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    for name in rows[0].keys() - {"epoch", "phase"}:
        logged = events.Scalars(name)
        assert [each.step for each in logged] == [int(row["epoch"]) for row in rows]
        assert [each.value for each in logged] == pytest.approx([float(row[name]) for row in rows], rel=1e-5)


def test_each_epoch_is_logged_for_tensorboard(fitted, tmp_path):
    log = tensorboard.logger(tmp_path)
    for count in (1, 2):
        log(fitted.history[:count])
    expect_logged(tmp_path, [asdict(epoch) for epoch in fitted.history])


def test_a_log_without_its_package_says_what_to_install(small_set, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    options = ["--preset", "fast", "--epochs", "1", "--no-extras", "--data", str(small_set), "--output", str(tmp_path)]
    assert training.main([*options, "--log", "tensorboard"]) == 1
    assert "pip install tensorboard" in capsys.readouterr().err


def test_bfloat16_trains_much_the_same(splits):
    """bfloat16 rounds to three digits."""
    few = (splits[0][:1000], splits[1])
    ways = (Arithmetic(), Arithmetic(precision="bfloat16"))
    plain, rough = (fit(QUICK, *few, seed=0, arithmetic=way).history[-1].validation_mse for way in ways)
    assert rough == pytest.approx(plain, rel=0.2)
    assert rough != plain


def test_a_failed_training_leaves_the_old_weights(small_set, tmp_path, capsys):
    (tmp_path / "denoising").mkdir()
    (tmp_path / "denoising" / "metrics.json").write_text(json.dumps({"old": True}))
    options = ["--preset", "fast", "--batch-size", "64", "--no-extras", "--data", str(small_set)]
    assert training.main([*options, "--learning-rate", "1e30", "--output", str(tmp_path)]) == 1
    assert json.loads((tmp_path / "denoising" / "metrics.json").read_text()) == {"old": True}
    message = capsys.readouterr().err
    assert "--learning-rate" in message
    assert "Traceback" not in message


def test_a_missing_dataset_ends_the_command_with_a_sentence(tmp_path, capsys):
    assert training.main(["--data", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    assert "does not hold Fashion-MNIST" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_terminated_training_leaves_the_old_weights_and_no_process(tmp_path):
    """Also where Ctrl-C is ignored, as for what a shell runs in its background."""
    (tmp_path / "denoising").mkdir()
    command = [sys.executable, "-m", "autoencoder.train", "--preset", "notebook", "--train-size", "2000"]
    process = subprocess.Popen(
        [*command, "--jobs", "2", "--output", str(tmp_path)],
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    said = b""
    while b"step/s" not in said:
        said += os.read(process.stderr.fileno(), 4096) or pytest.fail(said.decode())
    process.terminate()
    # Its workers share this pipe: it ends when the last of them has.
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"the weights that were there are unchanged" in rest
    assert b"--resume" in rest
    assert sorted(path.name for path in tmp_path.iterdir()) == [".training", "denoising"]
