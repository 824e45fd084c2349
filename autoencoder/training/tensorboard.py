"""A training log for TensorBoard."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from autoencoder.training.fit import Epoch


class LogError(RuntimeError):
    """A log cannot be kept; the message says what to install."""


def logger(folder: Path) -> Callable[[Sequence[Epoch]], None]:
    """A function that adds the newest epoch of a training log to TensorBoard's files in ``folder``.

    Raises:
        LogError: if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise LogError("--log tensorboard needs TensorBoard: pip install tensorboard.") from error
    writer: SummaryWriter | None = None

    def add(history: Sequence[Epoch]) -> None:
        nonlocal writer
        newest = asdict(history[-1])
        number = newest.pop("epoch")
        del newest["phase"]  # TensorBoard draws numbers only
        # What an interrupted training logged beyond the state that it is resumed from is not to be seen.
        writer = writer or SummaryWriter(str(folder), purge_step=number)
        for name, value in newest.items():
            writer.add_scalar(name, value, number)
        writer.flush()

    return add
