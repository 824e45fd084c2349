"""Files and folders written in one step: a reader, or a crash at any moment, sees the old content or the new."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step.

    Raises:
        OSError: if it cannot be written; the old file stays and nothing else is left.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def replace_folder(new: Path, old: Path) -> None:
    """Let the folder ``new`` take the place of ``old``, which is deleted; both on one file system.

    On Linux the two change places in one step. Elsewhere, and on file systems that cannot, there is a
    moment in which ``old`` is missing and its content lies beside ``new``, called ``.old-NAME``.

    Raises:
        OSError: if it cannot be done.
    """
    for file in new.rglob("*"):
        if file.is_file():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
    if not old.exists():
        new.rename(old)
    elif _exchange(new, old):
        shutil.rmtree(new)
    else:
        aside = new.with_name(f".old-{old.name}")
        shutil.move(old, aside)
        new.rename(old)
        shutil.rmtree(aside)
    _settle(old.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names by Linux's renameat2(2); False where that is not to be had."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    paths = (os.fsencode(one), os.fsencode(other))
    return bool(rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0)


def _settle(folder: Path) -> None:
    """Bring a rename to the disk."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A scratch folder that takes the place of ``target`` if the block succeeds, else vanishes.

    Raises:
        OSError: if it cannot be made or moved.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        replace_folder(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
