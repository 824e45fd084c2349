"""Save and load the state file from which an interrupted training resumes."""

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any, Final

import torch

from autoencoder import files
from autoencoder.training.training_run import TrainingError

_DIGEST_BYTES: Final = 32


def save(path: Path, identity: dict[str, Any], content: dict[str, Any]) -> None:
    """Write a training's state to ``path`` in one step: whoever reads it sees the old one or the new.

    Args:
        path: file to write.
        identity: what another training would differ in, as plain values.
        content: tensors, containers and plain values.

    Raises:
        OSError: if it cannot be written; the old file stays.
    """
    buffer = io.BytesIO()
    torch.save({"identity": identity, **content}, buffer)
    body = buffer.getvalue()
    files.write_bytes(path, hashlib.sha256(body).digest() + body)


def load(path: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """Read what :func:`save` wrote, or None if there is no such file.

    Raises:
        TrainingError: if the file is damaged or of a training with another identity.
    """
    if not path.exists():
        return None
    try:
        whole = path.read_bytes()
        digest, body = whole[:_DIGEST_BYTES], whole[_DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            raise ValueError("its checksum is wrong")
        content: dict[str, Any] = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise TrainingError(
            f"{path} cannot be resumed from (it holds more than numbers). Delete it to train this model from its start."
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"{path} cannot be resumed from ({error}). Delete it to train this model from its start."
        ) from error
    if content.pop("identity") != identity:
        raise TrainingError(
            f"{path} is the state of a training with other options. Give the same options as then, or delete it to "
            "train this model from its start."
        )
    return content
