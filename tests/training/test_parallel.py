"""Two processes train one model together: the same result within 2 %, one writer, one end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from autoencoder.training import pipeline
from autoencoder.training.distributed import Processes
from autoencoder.training.options import TrainConfig
from autoencoder.training.training_run import TrainingError
from autoencoder.weights import checkpoint

ROOT = Path(__file__).parents[2]
OPTIONS = ("-m", "autoencoder.train", "--preset", "fast", "--no-extras")
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def start(launcher, *options):
    return subprocess.Popen(
        [sys.executable, *launcher, *OPTIONS, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_two_processes_give_the_result_of_one_within_2_percent(tmp_path):
    runs = {"one": (), "two": TORCHRUN}
    size = ("--train-size", "12000", "--epochs", "12")
    errors = {}
    for name, launcher in runs.items():
        process = start(launcher, *size, "--output", str(tmp_path / name))
        out, err = process.communicate(timeout=900)
        assert process.returncode == 0, err
        assert out.count("Wrote") == 1
        model = checkpoint.load(tmp_path / name / "denoising")
        errors[name] = model.metrics.results["0.25"].mse.mean
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["denoising", "samples.png", "samples.webp"]
    assert errors["two"] == pytest.approx(errors["one"], rel=0.02)


@pytest.mark.slow
def test_two_processes_stop_together_and_say_how_to_go_on(tmp_path):
    process = start(TORCHRUN, "--train-size", "3000", "--epochs", "400", "--output", str(tmp_path))
    log = tmp_path / ".training" / "denoising.csv"
    said = ""
    while not log.exists():
        said += os.read(process.stderr.fileno(), 4096).decode() or pytest.fail(said)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "Go on with: torchrun --nproc-per-node 2 -m autoencoder.train" in said
    assert (tmp_path / ".training" / "denoising.state").exists()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "^CUDA out of memory"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "^mat1 and mat2"),
        (RuntimeError("[/x/gloo/transport/tcp/pair.cc:547] Connection closed by peer"), "^Process 0 lost another"),
        (torch.distributed.DistBackendError("NCCL error"), "^Process 0 lost another"),
    ],
)
def test_a_process_tells_its_own_fault_from_the_loss_of_another(error, expected, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(pipeline, "_fit", fail)
    with pytest.raises(RuntimeError, match=expected) as raised:
        pipeline._fit_together(TrainConfig(models=("basic",)), None, None, torch.device("cpu"))
    assert isinstance(raised.value, TrainingError) == ("lost" in expected)


def test_each_row_of_a_batch_goes_to_one_process():
    rows = torch.arange(13)
    shares = [Processes(rank, 3).share(rows) for rank in range(3)]
    assert sorted(torch.cat(shares).tolist()) == rows.tolist()
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
