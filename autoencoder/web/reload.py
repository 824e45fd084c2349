"""Notices that the models on disk were replaced, and lets the new ones answer, or says why not."""

import stat
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import torch

from autoencoder.web import models
from autoencoder.web.models import ModelRegistry
from autoencoder.weights.checkpoint import CheckpointError

INTERVAL: Final = 1.0
"""Seconds between two looks; a change is loaded when two looks in a row see the same."""

Signature = frozenset[tuple[str, int, int, int]]


class Watch:
    """Looks at a weights folder again and again. A training puts its folders in place one by one and takes a
    moment for it, so a set is loaded only when nothing has changed for a while, before and after.

    Args:
        registry: where the present models are held.
        root: the weights folder.
        device: to load models to.
        loaded: the folder's :func:`signature` before the present models were read.
    """

    def __init__(self, registry: ModelRegistry, root: Path, device: torch.device, loaded: Signature) -> None:
        self._registry = registry
        self._root = root
        self._device = device
        self._settled = loaded
        self._seen = self._settled

    def start(self) -> None:
        """Look in the background from now on."""

        def run() -> None:
            while True:
                time.sleep(INTERVAL)
                with suppress(OSError):  # not even a log that takes no more ends it
                    self.look()

        threading.Thread(target=run, name="weights", daemon=True).start()

    def look(self) -> bool:
        """Look once; returns whether another set took over."""
        before, self._seen = self._seen, signature(self._root)
        if self._seen == self._settled or self._seen != before:
            return False
        try:
            new = models.load(self._root, self._device)
            known = self._registry.now.complaints
            cause = " ".join(each for name, each in new.complaints.items() if name not in known)
        except Exception as error:  # whatever lies in the folder must not end the watch
            cause = str(error) if isinstance(error, CheckpointError) else repr(error)
        if signature(self._root) != self._seen:
            return False  # changed while it was read: look again
        self._settled = self._seen
        if cause:  # said once; the next change is looked at again
            _log(f"The models in {self._root} were replaced, but the old ones go on answering: {cause}")
            return False
        self._registry.replace(new)
        names = ", ".join(f"{name} {each.checksum[:8]}" for name, each in new.engine.checkpoints.items())
        _log(f"The models in {self._root} were replaced; from now on these answer: {names}.")
        return True


def signature(root: Path) -> Signature:
    """Name, time, size and inode of each file of a weights folder, unfinished ones left out."""
    found = set()
    with suppress(OSError):  # something vanished while it was looked at: the next look sees what came
        for path in (each for depth in range(3) for each in root.glob("[!.]*" + "/[!.]*" * depth)):
            with suppress(OSError):  # a link that leads nowhere
                about = path.stat()
                if stat.S_ISREG(about.st_mode):  # a folder changes too when a file manager leaves its own in it
                    found.add((str(path), about.st_mtime_ns, about.st_size, about.st_ino))
    return frozenset(found)


def _log(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
