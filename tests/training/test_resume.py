"""An interrupted training goes on bit by bit as if nothing had been, and a damaged state is refused in words."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from autoencoder import train as training
from autoencoder.data.dataset import validation_split
from autoencoder.model.config import ModelConfig
from autoencoder.training import pipeline, resume, workspace
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.distributed import Processes
from autoencoder.training.fit import Callbacks, fit
from autoencoder.training.recipes import PRESETS, Recipe
from autoencoder.training.training_run import StoppedError, TrainingError, TrainingRun
from autoencoder.weights import checkpoint

SMALL = ModelConfig(encoder_widths=(64, 64), decoder_widths=(64, 64), sine_features=64, dropout=0.1)
# Every kind of state: Muon and AdamW, both schedules, all phases, dropout, noise, fill term, validation.
MUON = Recipe(model=SMALL, epochs=3, batch_size=128, noise_high=0.6, fill_weight=0.01)
PHASES = replace(
    MUON,
    model=replace(SMALL, refine_steps=2, search_cells=16),
    epochs=1,
    decoder_epochs=2,
    encoder_epochs=1,
)
PLATEAU = replace(PRESETS["notebook"]["denoising"], model=SMALL, epochs=3, learning_rate=1e-5)
UNET = replace(
    PRESETS["default"]["denoising-64"],
    epochs=3,
    model=replace(PRESETS["default"]["denoising-64"].model, encoder_widths=(64,), decoder_widths=(64,)),
)


@pytest.fixture(scope="module")
def images(fashion):
    train, validation = validation_split(fashion.train.subset(slice(1_500)), size=300)
    return train.images, validation.images


def stop_after(steps):
    """A question that is answered yes from the given step on."""
    asked = 0

    def stop():
        nonlocal asked
        asked += 1
        return asked >= steps

    return stop


@pytest.mark.parametrize(
    "recipe",
    [MUON, PHASES, PLATEAU, pytest.param(UNET, marks=pytest.mark.slow)],
    ids=["muon", "phases", "plateau", "unet"],
)
def test_stopped_thrice_and_resumed_it_ends_with_the_same_bits(recipe, images, tmp_path):
    """Oracle: the same training, uninterrupted. It is stopped within an epoch, and at an epoch's last step; asked once
    more, it gives its model without training."""
    expected = fit(recipe, *images, seed=3)
    state = tmp_path / "some.state"
    per_epoch = -(-1_200 // recipe.batch_size)
    for steps in (2, per_epoch - 2, per_epoch + 1):
        with pytest.raises(StoppedError):
            fit(recipe, *images, 3, Callbacks(stop=stop_after(steps), state=state))
    resumed = fit(recipe, *images, 3, Callbacks(state=state))
    for name, value in expected.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name
    timeless = [replace(epoch, seconds=0, images_per_second=0) for epoch in expected.history]
    assert [replace(epoch, seconds=0, images_per_second=0) for epoch in resumed.history] == timeless
    assert resumed.best_epoch == expected.best_epoch
    assert len(resumed.film) == len(expected.film)
    for frame, other in zip(resumed.film, expected.film, strict=True):
        assert (frame.stage, frame.epoch, frame.mse) == (other.stage, other.epoch, other.mse)
        assert torch.equal(frame.codes, other.codes)
        assert torch.equal(frame.plane, other.plane)
    again = fit(recipe, *images, 3, Callbacks(state=state, report=lambda *_: pytest.fail("it trained")))
    assert again.history == resumed.history
    assert torch.equal(again.model.encode(images[1]), resumed.model.encode(images[1]))


def test_the_log_grows_by_a_row_an_epoch_and_its_clock_goes_on_after_a_stop(images, tmp_path):
    seen = []
    callbacks = Callbacks(epoch=lambda history: seen.append(len(history)), state=tmp_path / "some.state")
    with pytest.raises(StoppedError):
        fit(MUON, *images, 0, replace(callbacks, stop=stop_after(15)))
    history = fit(MUON, *images, 0, callbacks).history
    assert seen == [1, 2, 3]
    assert history[0].seconds < history[1].seconds < history[2].seconds
    assert all(epoch.images_per_second > 0 and epoch.total_loss > epoch.train_loss for epoch in history)


def flip(content):
    return content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", flip, lambda b: b"nonsense" * 99])
def test_a_damaged_state_is_refused_by_name(damage, images, tmp_path):
    path = tmp_path / "some.state"
    with pytest.raises(StoppedError):
        fit(MUON, *images, 0, Callbacks(stop=stop_after(1), state=path))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TrainingError, match=r"some\.state cannot be resumed from .* Delete it"):
        fit(MUON, *images, 0, Callbacks(state=path))


def test_a_pickle_in_the_place_of_a_state_is_not_run(tmp_path):
    """Also if its checksum is right: only tensors and plain values are read."""

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    path = tmp_path / "some.state"
    resume.save(path, {}, {"run": Trap()})
    with pytest.raises(TrainingError, match="cannot be resumed from"):
        resume.load(path, {})
    assert not (tmp_path / "sprung").exists()


def test_the_state_of_another_training_is_refused(images, tmp_path):
    callbacks = Callbacks(stop=stop_after(1), state=tmp_path / "some.state")
    with pytest.raises(StoppedError):
        fit(MUON, *images, 0, callbacks)
    with pytest.raises(TrainingError, match="other options"):
        fit(replace(MUON, learning_rate=0.02), *images, 0, callbacks)
    with pytest.raises(TrainingError, match="other options"):
        fit(MUON, *images, 1, callbacks)


def test_the_state_of_another_kind_of_device_is_refused(images):
    """A generator's state takes 16 bytes on CUDA."""
    run = TrainingRun(MUON, images[0], 0, Processes(), Arithmetic())
    state = run.state() | {"generator": torch.zeros(16, dtype=torch.uint8)}
    with pytest.raises(TrainingError, match="another kind of device than cpu"):
        run.restore(state)


@pytest.fixture(scope="module")
def options(small_set):
    """Thirty short epochs."""
    return ("--preset", "fast", "--epochs", "30", "--batch-size", "128", "--no-extras", "--data", str(small_set))


def until_epoch(number, output, options):
    """The command line as a process of its own that has finished some epochs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "autoencoder.train", *options, "--output", str(output)],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    log = output / ".training" / "denoising.csv"
    said = b""
    while not log.exists() or len(log.read_text().splitlines()) <= number:
        if select.select([process.stderr], [], [], 0.01)[0]:
            said += os.read(process.stderr.fileno(), 4096) or pytest.fail(said.decode())
    return process


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, options):
    """The weights of a run that nothing disturbed."""
    output = tmp_path_factory.mktemp("uninterrupted")
    assert training.main([*options, "--output", str(output)]) == 0
    return (output / "denoising" / checkpoint.WEIGHTS_FILE).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_signalled_command_resumes_to_the_same_file(number, uninterrupted, options, tmp_path):
    """Ctrl-C and SIGTERM say how to go on; kill -9 cannot. The weights that were there stay all the while."""
    (tmp_path / "denoising").mkdir()
    process = until_epoch(3, tmp_path, options)
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert b"Go on with: python -m autoencoder.train --preset fast" in said
        assert b"--resume" in said
        assert b"Traceback" not in said
    assert list((tmp_path / "denoising").iterdir()) == []
    assert training.main([*options, "--output", str(tmp_path), "--resume"]) == 0
    assert (tmp_path / "denoising" / checkpoint.WEIGHTS_FILE).read_bytes() == uninterrupted
    assert checkpoint.load(tmp_path / "denoising").metrics.training.command.endswith("--no-extras")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["denoising", "samples.png", "samples.webp"]


@pytest.mark.slow
def test_resuming_with_other_options_is_refused_and_without_the_option_begins_anew(options, tmp_path, capsys):
    process = until_epoch(1, tmp_path, options)
    process.kill()
    process.communicate(timeout=60)
    other = [*options, "--epochs", "1", "--output", str(tmp_path)]
    assert training.main([*other, "--resume"]) == 1
    assert "other options" in capsys.readouterr().err
    assert training.main(other) == 0
    assert "Beginning anew" in capsys.readouterr().out


@pytest.mark.parametrize("step", range(14))
def test_a_placing_that_is_cut_anywhere_is_finished_by_the_next(step, tmp_path, monkeypatch):
    """Each change of the file system in turn is the last one. Old weights never come back over new ones, and what is
    outdated does not stay."""
    place = workspace.Workspace(tmp_path)
    for name in ("basic", "denoising"):
        for folder, text in ((tmp_path, "old"), (place.finished, "new")):
            (folder / name).mkdir(parents=True)
            (folder / name / "card").write_text(text)
    (place.finished / "samples.png").write_text("new")
    (place.finished / ".samples.png.7.tmp").write_text("left by a killed process")
    outdated = ("sweep", "seeds.json")
    (tmp_path / "sweep").mkdir()
    for name in ("sweep/2.safetensors", "seeds.json"):
        (tmp_path / name).write_text("old")
    changes = 0

    def cut(original):
        def call(*arguments, **options):
            nonlocal changes
            if changes == step:
                raise KeyboardInterrupt
            changes += 1
            return original(*arguments, **options)

        return call

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        for owner, name in ((workspace.shutil, "rmtree"), (Path, "replace"), (Path, "rename"), (Path, "unlink")):
            patched.setattr(owner, name, cut(getattr(owner, name)))
        place.put_in_place(outdated)
    if place.folder.exists():
        place.put_in_place(() if place.is_placing else outdated)  # by the models that are there now, nothing is
    found = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {name: text for name, text in found.items() if not name.startswith(".training-discarded")}
    assert kept == {"basic/card": "new", "denoising/card": "new", "samples.png": "new"}


def test_once_the_weights_are_replaced_nothing_says_that_they_are_not(small_set, tmp_path, monkeypatch, capsys):
    """Neither a signal nor a file that cannot be deleted, as on Windows where a virus scanner holds it."""
    remove = shutil.rmtree

    def held(path, ignore_errors=False, **options):
        if Path(path).name != ".training-discarded" or not Path(path).exists():
            remove(path, ignore_errors, **options)
            return
        os.kill(os.getpid(), signal.SIGTERM)
        if not ignore_errors:
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", held)
    monkeypatch.setattr(pipeline, "_tasks", lambda _: [])  # as if all was trained
    options = ["--preset", "fast", "--no-extras", "--jobs", "1", "--data", str(small_set), "--output", str(tmp_path)]
    assert training.main(options) == 0
    said = capsys.readouterr()
    assert f"Wrote {tmp_path}/" in said.out
    assert "unchanged" not in said.err


def test_a_stop_at_the_very_last_step_is_heard(small_set, tmp_path, monkeypatch):
    """It must not go on to measure and replace anything; what was trained is kept."""
    monkeypatch.setattr(pipeline, "_progress", lambda *_: lambda done, total, *_: done == total and interrupt())

    def interrupt():
        os.kill(os.getpid(), signal.SIGTERM)

    options = ["--preset", "fast", "--epochs", "1", "--decoder-epochs", "1", "--encoder-epochs", "1", "--no-extras"]
    assert training.main([*options, "--data", str(small_set), "--output", str(tmp_path)]) == 130
    assert (tmp_path / ".training" / "denoising.state").exists()
    assert not (tmp_path / "denoising").exists()


def test_a_stopped_run_is_not_told_to_stop_when_it_is_gone_on_with(tmp_path):
    with workspace.opened(tmp_path, {}, resume=False) as place:
        place.ask_to_stop()
    with workspace.opened(tmp_path, {}, resume=True) as place:
        assert not place.is_stopping


def test_a_workspace_that_is_discarded_is_gone_at_once(tmp_path, monkeypatch):
    """Cut while it is emptied, it must not be taken for one to go on with."""
    with workspace.opened(tmp_path, {}, resume=False) as place:
        place.finish("basic", "done")
    with monkeypatch.context() as patched:
        patched.setattr(workspace.shutil, "rmtree", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            place.discard()
    assert not place.folder.exists()
