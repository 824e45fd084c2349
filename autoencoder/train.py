"""Train, measure, draw and export everything the app needs: `python -m autoencoder.train`."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import tyro

from autoencoder import device
from autoencoder.data.dataset import DatasetError
from autoencoder.training import distributed, tensorboard, workspace
from autoencoder.training.options import TrainConfig
from autoencoder.training.pipeline import run
from autoencoder.training.training_run import StoppedError, TrainingError
from autoencoder.training.workspace import Workspace
from autoencoder.weights import checkpoint

_STOPPED: Final = 130


def _interrupt(*_: object) -> NoReturn:
    """The same clean end as for Ctrl-C, also where Ctrl-C is ignored, as in a shell's background."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns 0, 1 for a failure that was explained, 2 for the dataset's, 130 when stopped."""
    signal.signal(signal.SIGTERM, _interrupt)
    config: TrainConfig | None = None
    try:
        config = tyro.cli(TrainConfig, args=argv, prog="python -m autoencoder.train")
        run(config)
    except (KeyboardInterrupt, StoppedError):
        if not distributed.rank():
            go_on = f" Go on with: {_launcher()}{config.resume_command}" if config else ""
            print(f"\nStopped; {_weights(config)}.{go_on}", file=sys.stderr)
        return _STOPPED
    except OSError as error:
        what = f"Cannot write or read {error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"error: {what}; {_weights(config)}.", file=sys.stderr)
        return 1
    except _EXPLAINED as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, DatasetError) else 1
    except (MemoryError, RuntimeError) as error:
        if not device.is_out_of_memory(error):
            raise
        print(f"error: There is not enough memory: lower --batch-size or --jobs; {_weights(config)}.", file=sys.stderr)
        return 1
    return 0


def _launcher() -> str:
    here = os.environ.get("LOCAL_WORLD_SIZE", "1")
    return f"torchrun --nproc-per-node {here} -m " if distributed.is_launched() else "python -m "


def _weights(config: TrainConfig | None) -> str:
    """What has become of the weights that a failed run was to replace."""
    if config is not None and Workspace(config.target).is_placing:
        return f"{config.target} is partly replaced: finish it with --resume"
    return "the weights that were there are unchanged"


_EXPLAINED: Final = (
    ValueError,
    DatasetError,
    TrainingError,
    checkpoint.CheckpointError,
    workspace.WorkspaceError,
    tensorboard.LogError,
)

if __name__ == "__main__":
    sys.exit(main())
