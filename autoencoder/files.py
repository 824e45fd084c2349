"""Files and folders on any system: read only if they are files, and written so that no crash leaves half of one."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_READ_FLAGS: Final = ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY")
"""What a file is opened with; each is missing on some system: the first two on Windows, the last elsewhere."""
_NO_FOLDER_SYNC: Final = (errno.EINVAL, errno.ENOTSUP)


def read_regular(path: Path, limit: int) -> bytes:
    """The first ``limit`` bytes of a regular file, links followed. No FIFO or device is opened, or makes this wait.

    Raises:
        OSError: if it is missing, unreadable or something else than a file.
    """
    real = Path(os.path.realpath(path, strict=True))  # Path.resolve() answers a loop by RuntimeError
    _check_regular(real.stat().st_mode, path)
    flags = os.O_RDONLY
    for name in _READ_FLAGS:
        flags |= getattr(os, name, 0)
    with os.fdopen(os.open(real, flags), "rb") as file:
        _check_regular(os.fstat(file.fileno()).st_mode, path)  # it may have been replaced meanwhile
        return file.read(limit)


def _check_regular(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))


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
    _sync_folder(path.parent)


def replace_folder(new: Path, old: Path) -> None:
    """Let the folder ``new`` take the place of ``old``, which is deleted; both on one file system.

    There is a moment in which ``old`` is missing and its content lies beside ``new``, called ``.old-NAME``.
    Cut there, the same call finishes it.

    Raises:
        OSError: if it cannot be done.
    """
    for file in new.rglob("*"):
        if file.is_file():
            with file.open("rb+") as handle:  # Windows syncs only what may be written to
                os.fsync(handle.fileno())
    aside = new.with_name(f".old-{old.name}")
    if old.exists():
        shutil.rmtree(aside, ignore_errors=True)
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
    _sync_folder(old.parent)


def _sync_folder(folder: Path) -> None:
    """Bring a rename to the disk, where folders can be synced: not on Windows, nor on some network drives."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
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
