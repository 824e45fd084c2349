"""The temporary folder: the app's own, and never large. What visitors send is gone within the hour."""

import logging
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from autoencoder import files, heap

VARIABLE: Final = "GRADIO_TEMP_DIR"
NAME: Final = "autoencoder-visitors"
"""Of the folder that is swept. No other is, whatever the variable says: it may name a home, or the whole disk."""
MAX_AGE: Final = 1800.0
"""Seconds after which everything goes."""
GRACE: Final = 60.0
"""Seconds that a file may count on: to be used after its upload, or fetched after its making."""
BUDGET: Final = 32_000_000
"""Bytes on the disk that may stay once they are older than the grace."""
CEILING: Final = 256_000_000
"""Bytes on the disk beyond which uploads are told to come again later."""
PERIOD: Final = 10.0
_LOG: Final = logging.getLogger(__name__)


class Entry(NamedTuple):
    """A file or a folder with nothing in it."""

    age: float
    size: int
    path: Path
    is_folder: bool


def claim() -> Path:
    """The folder for uploads and results, created if need be and told to Gradio; to be called before importing it.

    It lies in ``GRADIO_TEMP_DIR`` if that is set, else in a folder of this user's own (Gradio's default is shared
    by all its apps on the machine), and always bears a name of its own: everything in it will be deleted.

    Raises:
        ValueError: if something else than a folder bears that name.
        OSError: if it cannot be made.
    """
    named = os.environ.get(VARIABLE)
    parent = Path(named).resolve() if named else _private_folder()
    folder = parent if parent.name == NAME else parent / NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_mine = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
    if folder.is_symlink() or not folder.is_dir() or not is_mine:
        raise ValueError(f"{folder} must be a folder of the app's own. Remove it, or set {VARIABLE} to another place.")
    os.environ[VARIABLE] = str(folder)
    return folder


def folder() -> Path:
    """The folder that ``claim`` chose."""
    return Path(os.environ[VARIABLE]).resolve()


def is_ours(path: str | Path) -> bool:
    """Whether a path is, all links followed, that of a regular file of the folder."""
    try:
        real = Path(path).resolve(strict=True)
        return real.is_relative_to(folder()) and stat.S_ISREG(real.stat().st_mode)
    except (OSError, ValueError, RuntimeError, KeyError):
        return False


def read(path: str | Path, limit: int) -> bytes | None:
    """The first ``limit`` bytes of a file of the folder, None when it is none: no FIFO or device can make this wait."""
    if not is_ours(path):
        return None
    try:
        return files.read_regular(Path(path), limit)
    except OSError:
        return None


class Janitor:
    """Sweeps the folder at the start, then every ten seconds, until stopped.

    Args:
        folder: what :func:`claim` gave.

    Raises:
        ValueError: if it is any other folder.
    """

    def __init__(self, folder: Path) -> None:
        if folder.name != NAME or folder.is_symlink():
            raise ValueError(f"{folder} is not a folder to sweep.")
        self.folder = folder
        self.size = 0
        self.lists: list[set[str]] = []
        """Names of files that Gradio keeps for a deletion of its own, which is off; emptied, for they only grow."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="janitor", daemon=True)

    def start(self) -> None:
        """Sweep once, then go on in a thread."""
        self._try_to_sweep()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def expect(self, length: str) -> None:
        """Count an upload of so many bytes, as it says itself, until the next sweep measures what is there."""
        self.size += int(length) if length.isdecimal() else 0

    def is_full(self) -> bool:
        """Whether more was left lately than should be taken in."""
        return self.size > CEILING

    def sweep(self, now: float | None = None) -> None:
        """Delete what is too old; then, from the oldest on, what is beyond the budget and past its grace."""
        kept = 0
        now = time.time() if now is None else now
        entries = sorted(_entries(self.folder, now), reverse=True)
        total = sum(entry.size for entry in entries)
        for entry in entries:
            too_much = total > BUDGET and entry.age > GRACE
            if entry.age > MAX_AGE or too_much or (entry.is_folder and entry.age > GRACE):
                total -= entry.size
                _delete(entry, now)
            else:
                kept += entry.size
        self.size = kept
        for names in self.lists:
            names.clear()

    def _run(self) -> None:
        while not self._stopped.wait(PERIOD):
            self._try_to_sweep()

    def _try_to_sweep(self) -> None:
        try:
            self.sweep()
        except OSError as error:
            _LOG.warning("The temporary folder could not be swept: %s.", error.strerror)
        heap.trim()


def _entries(folder: Path, now: float) -> Iterator[Entry]:
    for parent, folders, names in os.walk(folder):
        empty = not folders and not names and Path(parent) != folder
        for path in [Path(parent)] if empty else [Path(parent, name) for name in names]:
            with suppress(FileNotFoundError):
                yield _entry(path, now)


def _entry(path: Path, now: float) -> Entry:
    found = path.lstat()  # a link is as old as itself, and is never followed
    return Entry(now - found.st_mtime, files.size_on_disk(found), path, stat.S_ISDIR(found.st_mode))


def _delete(entry: Entry, now: float) -> None:
    with suppress(OSError):  # gone already, or a folder that was filled meanwhile
        if _entry(entry.path, now).age < min(entry.age, GRACE):
            return  # written anew since the folder was read
        if entry.is_folder:
            entry.path.rmdir()
        else:
            entry.path.unlink()  # its folder is empty now, and goes after the next grace


def _private_folder() -> Path:
    # A name that survives a restart, so that what a killed process left is found; only if nobody else made it.
    path = Path(tempfile.gettempdir()).resolve() / f"autoencoder-{os.getuid() if hasattr(os, 'getuid') else 'app'}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid()):
        path.chmod(0o700)
        return path
    return Path(tempfile.mkdtemp(prefix="autoencoder-"))
