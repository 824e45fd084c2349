"""What goes wrong around a training ends it in one sentence, with nothing half-written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from autoencoder import train as training
from autoencoder.model.config import ModelConfig
from autoencoder.training import pipeline
from autoencoder.training.fit import Callbacks, fit
from autoencoder.training.recipes import Recipe
from autoencoder.training.training_run import TrainingError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def brief(small_set):
    """One short epoch."""
    return ("--preset", "fast", "--epochs", "1", "--batch-size", "128", "--no-extras", "--data", str(small_set))


def on_its_own_mount(options, command, tmp_path):
    """Run a command where ``tmp_path`` is a small file system of its own; others than root play root for it."""
    script = f"mount -t tmpfs -o {options} tmpfs {tmp_path} && mkdir -p {tmp_path}/denoising && {command}"
    become_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return subprocess.run(
        ["unshare", *become_root, "-m", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


@pytest.fixture
def training_there(brief, tmp_path):
    return f"{sys.executable} -m autoencoder.train {' '.join(brief)} --output {tmp_path}"


@pytest.mark.slow
@pytest.mark.parametrize("size", ["64k", "4m", "7m"])
def test_a_full_disk_ends_it_with_a_sentence(size, training_there, tmp_path):
    """Sizes at which the state, the second state beside it and the finished folder do not fit."""
    listing = f"ls -A {tmp_path} {tmp_path}/denoising"
    ended = on_its_own_mount(f"size={size}", f"{training_there}; echo status $?; {listing}", tmp_path)
    assert "status 1" in ended.stdout
    assert "No space left on device" in ended.stderr
    assert "the weights that were there are unchanged" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "safetensors" not in ended.stdout
    assert "lock" not in ended.stdout


@pytest.mark.slow
def test_a_read_only_folder_ends_it_with_a_sentence(training_there, tmp_path):
    command = f"mount -o remount,ro {tmp_path} && {training_there}; echo status $?"
    ended = on_its_own_mount("size=1m", command, tmp_path)
    assert "status 1" in ended.stdout
    assert "Read-only file system" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_in_the_place_of_the_folder_ends_it_with_a_sentence(brief, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert training.main([*brief, "--output", str(tmp_path / "file")]) == 1
    message = capsys.readouterr().err
    assert str(tmp_path / "file") in message
    assert (tmp_path / "file").read_text() == "mine"


def test_two_trainings_do_not_share_a_folder(brief, tmp_path, capsys):
    with FileLock(tmp_path / ".training.lock"):
        assert training.main([*brief, "--output", str(tmp_path)]) == 1
    assert f"Another training writes to {tmp_path}" in capsys.readouterr().err
    assert not (tmp_path / "denoising").exists()


def test_more_images_than_there_are_is_refused_in_words(brief, tmp_path, capsys):
    assert training.main([*brief, "--train-size", "2001", "--output", str(tmp_path)]) == 1
    assert "--train-size is 2001, but there are 2000" in capsys.readouterr().err


def start_two_workers(output, *options):
    """A training with two workers under way."""
    command = [sys.executable, "-m", "autoencoder.train", "--preset", "notebook", "--train-size", "2000"]
    process = subprocess.Popen(
        [*command, "--jobs", "2", "--output", str(output), *options],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    said = b""
    while b"step/s" not in said:
        said += os.read(process.stderr.fileno(), 4096) or pytest.fail(said.decode())
    return process


@pytest.fixture
def two_workers(tmp_path):
    process = start_two_workers(tmp_path)
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_it_stops_while_one_worker_trains_and_another_has_nothing_to_do(two_workers, tmp_path):
    """The idle one may die of the signal with the queue's lock in its hand: the other must not wait for it."""
    two_workers.terminate()
    two_workers.communicate(timeout=100)
    (tmp_path / ".training" / "basic.done").write_text("done")
    process = start_two_workers(tmp_path, "--resume")
    process.terminate()
    process.communicate(timeout=100)
    assert process.returncode == 130


@pytest.mark.slow
def test_workers_end_with_a_parent_that_is_killed(two_workers):
    """Else they would write into the folder of the next training. They share its pipe, which ends with the last."""
    two_workers.kill()
    two_workers.communicate(timeout=60)


@pytest.mark.slow
def test_a_worker_that_is_killed_is_reported(two_workers):
    """As the kernel does to one that takes too much memory."""
    process = two_workers
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(workers[0]), 9)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"A worker was killed, perhaps for lack of memory. Go on with --resume" in rest
    assert b"Traceback" not in rest


def test_the_last_good_state_survives_a_loss_that_is_no_number(tmp_path):
    """Pixels of an impossible value are met in the second epoch only, at a known step."""
    recipe = Recipe(model=ModelConfig(encoder_widths=(8,), decoder_widths=(8,)), epochs=3, batch_size=50)
    images, state = torch.rand(500, 1, 28, 28), tmp_path / "some.state"
    good = []

    def poison(_):
        good.append(state.read_bytes())
        images[:] = torch.nan

    with pytest.raises(TrainingError, match=r"at epoch 2, step 1 of 10: lower --learning-rate"):
        fit(recipe, images, torch.rand(20, 1, 28, 28), 0, Callbacks(epoch=poison, state=state))
    assert [state.read_bytes()] == good


def test_codes_that_collapsed_say_what_to_change(brief, tmp_path, monkeypatch, capsys):
    """As those of dead ReLUs do."""

    def collapsed(*arguments):
        fitted = fit(*arguments)
        torch.nn.init.zeros_(fitted.model.encoder[-1].weight)
        return fitted

    monkeypatch.setattr(pipeline, "fit", collapsed)
    options = ["--preset", "notebook", "--models", "basic", *brief[2:]]
    assert training.main([*options, "--output", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "latent_map.npz is not a map: all codes lie on one line. Train it anew without --resume" in said
    assert not (tmp_path / "basic").exists()


def test_ten_steps_are_enough_for_the_one_cycle_schedule():
    """torch's schedule divides by zero when its first phase has a single step."""
    for count in range(1, 25):
        recipe = Recipe(model=ModelConfig(encoder_widths=(8,), decoder_widths=(8,)), epochs=1, batch_size=2)
        fit(recipe, torch.rand(2 * count, 1, 28, 28), torch.rand(4, 1, 28, 28), 0)


@pytest.mark.parametrize(
    "words",
    [
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory",
        "[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried to allocate 8 by",
        "MPS backend out of memory",
    ],
)
def test_memory_that_runs_out_is_a_sentence(words, brief, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise RuntimeError(words)

    monkeypatch.setattr(training, "run", fail)
    assert training.main([*brief, "--output", str(tmp_path)]) == 1
    assert "There is not enough memory: lower --batch-size or --jobs" in capsys.readouterr().err
    monkeypatch.setattr(training, "run", lambda _: (_ for _ in ()).throw(RuntimeError("a fault of ours")))
    with pytest.raises(RuntimeError, match="a fault of ours"):
        training.main([*brief, "--output", str(tmp_path)])
