"""The workspace of a training: a folder inside that of the weights that it will replace, locked and resumable."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from autoencoder import files

FOLDER: Final = ".training"
_LOCK: Final = ".training.lock"
_OPTIONS: Final = "options.json"
_PLACING: Final = "placing"
_STOP: Final = "stop"
_DISCARDED: Final = ".training-discarded"


class WorkspaceError(RuntimeError):
    """A training cannot work where it was told to; the message says what to do."""


@dataclass(frozen=True)
class Workspace:
    """The scratch folder of one training, below the folder that it will refresh."""

    target: Path
    """The folder to refresh when all is done."""

    @property
    def folder(self) -> Path:
        """States of unfinished models, and marks of finished pieces of work."""
        return self.target / FOLDER

    @property
    def finished(self) -> Path:
        """What will be moved into the target."""
        return self.folder / "finished"

    def state(self, name: str) -> Path:
        """The file that the training of a network called ``name`` goes on from."""
        return self.folder / f"{name}.state"

    def history(self, name: str) -> Path:
        """The training log of a network that is being trained."""
        return self.folder / f"{name}.csv"

    def summary_of(self, name: str) -> str | None:
        """What a finished piece of work had to say, or None if it is not finished."""
        path = self.folder / f"{name}.done"
        return path.read_text(encoding="utf-8") if path.exists() else None

    def finish(self, name: str, summary: str) -> None:
        """Mark a piece of work, whose files are in :attr:`finished`, as done."""
        files.write_bytes(self.folder / f"{name}.done", summary.encode())

    def ask_to_stop(self, wanted: bool = True) -> None:
        """Tell the processes that work here to begin nothing new and to end their step, or take that back."""
        if wanted:
            (self.folder / _STOP).touch()
        else:
            (self.folder / _STOP).unlink(missing_ok=True)

    @property
    def is_stopping(self) -> bool:
        """Whether the processes that work here are to stop."""
        return (self.folder / _STOP).exists()

    @property
    def is_placing(self) -> bool:
        """Whether the target is being refreshed, or was left half refreshed."""
        return (self.folder / _PLACING).exists()

    def put_in_place(self, outdated: Iterable[str] = ()) -> None:
        """Move each finished folder and file over its predecessor, and leave nothing else behind.

        Cut at any moment, it can be called again: what is left in :attr:`finished` is not in its place yet.

        Args:
            outdated: names in the target that go; when called again, the first call's.
        """
        if not self.is_placing:
            files.write_bytes(self.folder / _PLACING, "\n".join(outdated).encode())
        for new in sorted(each for each in self.finished.iterdir() if each.name[0] != "."):
            old = self.target / new.name
            if new.is_dir():
                files.replace_folder(new, old)
            else:
                new.replace(old)
        for name in (self.folder / _PLACING).read_text(encoding="utf-8").splitlines():
            path = self.target / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        self.discard()

    def discard(self) -> None:
        """Remove the folder, in one step as far as another training can tell."""
        discarded = self.folder.with_name(_DISCARDED)
        self.folder.rename(discarded)
        shutil.rmtree(discarded, ignore_errors=True)  # the next training tries again


@contextmanager
def opened(target: Path, options: dict[str, Any], resume: bool) -> Iterator[Workspace]:
    """The scratch folder of a training that writes to ``target``, for this process alone.

    It stays when the block fails, so that another training can go on from it.

    Args:
        target: folder to refresh; made if it is missing.
        options: what the work depends on, as values for JSON.
        resume: whether to go on from what an earlier training with the same options left.

    Raises:
        WorkspaceError: if another process trains there, or what was left is of other options.
        OSError: if it cannot be written to.
    """
    target.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise WorkspaceError(
            f"Another training writes to {target}. Wait until it ends, or choose another --output."
        ) from error
    try:
        workspace = Workspace(target)
        _prepare(workspace, options, resume)
        yield workspace
    finally:
        with suppress(PermissionError):  # Windows deletes no file that is open: there it stays, and does no harm
            (target / _LOCK).unlink(missing_ok=True)
        lock.release()


def _prepare(workspace: Workspace, options: dict[str, Any], resume: bool) -> None:
    shutil.rmtree(workspace.target / _DISCARDED, ignore_errors=True)
    if workspace.is_placing and not resume:
        print(f"Finishing the interrupted replacement of {workspace.target} first.", flush=True)
        workspace.put_in_place()  # what it is to replace may be half gone
    note = workspace.folder / _OPTIONS
    text = json.dumps(options, indent=2, sort_keys=True)
    if note.exists() and resume:
        if note.read_text(encoding="utf-8") != text:
            raise WorkspaceError(
                f"{workspace.folder} is of a training with other options: {note} names them. Give the same, or leave "
                "out --resume to begin anew."
            )
    elif workspace.folder.exists():
        print(f"Beginning anew: the interrupted training in {workspace.folder} is discarded.", flush=True)
        workspace.discard()
    elif resume:
        print(f"There is no interrupted training in {workspace.target}: beginning one.", flush=True)
    workspace.finished.mkdir(parents=True, exist_ok=True)
    workspace.ask_to_stop(False)
    files.write_bytes(note, text.encode())
