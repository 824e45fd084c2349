"""Does `kill -9` ever harm the weights? `python -m benchmarks.kill`.

Starts a short training over a folder of finished weights, kills it with all its workers at a random moment, between
its start and a little after its usual end, and loads and verifies the folder; the next one resumes. Twenty times.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import tyro

from autoencoder.weights import checkpoint, thumbnails
from benchmarks.support import small_set

ROOT: Final = Path(__file__).resolve().parent.parent
MODELS: Final = ("basic", "denoising")


@dataclass(frozen=True)
class KillConfig:
    """Kill trainings at random moments and verify the weights that they were to replace."""

    times: int = 20
    """How often."""
    seed: int = 0
    """Of the moments."""


def main() -> int:
    """Measure and print; 1 if the weights were ever harmed."""
    config = tyro.cli(KillConfig)
    moments, sound = random.Random(config.seed), 0
    with TemporaryDirectory() as name:
        target = Path(name, "weights")
        shutil.copytree(ROOT / "weights", target, ignore=shutil.ignore_patterns("denoising-64"))
        images = Path(name, "images")
        images.mkdir()
        small_set.write(images)
        usual = _run(target, images, None, resume=False)
        for number in range(1, config.times + 1):
            moment = moments.uniform(0, 1.1 * usual)
            _run(target, images, moment, resume=number % 2 == 0)
            try:
                loaded = checkpoint.load_all(target)
                ok = set(loaded) == set(MODELS) and len(thumbnails.load(target)) > 0
            except checkpoint.CheckpointError as error:
                ok = False
                print(error)
            sound += ok
            print(f"{number}: killed after {moment:.1f} of {usual:.1f} s, {'sound' if ok else 'HARMED'}", flush=True)
    print(f"\n{sound} of {config.times} times the weights loaded and verified")
    return int(sound < config.times)


def _run(target: Path, images: Path, moment: float | None, resume: bool) -> float:
    """Train for so many seconds, or to the end; returns how long it took."""
    start = time.monotonic()
    command = [sys.executable, "-m", "autoencoder.train", "--models", *MODELS, "--epochs", "3", "--batch-size", "128"]
    process = subprocess.Popen(
        [*command, "--no-extras", "--data", str(images), "--output", str(target), *(["--resume"] if resume else [])],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if process.wait(moment):
            sys.exit(f"The training ended by itself with status {process.returncode}: its kills would prove nothing.")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the session that it leads: its workers too
        process.wait()
    return time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main())
