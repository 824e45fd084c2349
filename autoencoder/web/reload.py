"""Notices that the models on disk were replaced, and lets the new ones answer, or says why not."""

import sys
import threading
from collections.abc import Callable
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

    def start(self) -> Callable[[], None]:
        """Look in the background until what is returned is called."""
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(INTERVAL):
                with suppress(OSError):  # a folder vanished while it was looked at: the next look sees what came
                    self.look()

        threading.Thread(target=run, name="weights", daemon=True).start()
        return ended.set

    def look(self) -> bool:
        """Look once; returns whether another set took over."""
        now = signature(self._root)
        is_quiet, self._seen = now == self._seen, now
        if now == self._settled or not is_quiet:
            return False
        try:
            new = models.load(self._root, self._device)
        except Exception as error:  # whatever lies in the folder must not end the watch
            cause = str(error) if isinstance(error, CheckpointError) else repr(error)
            return signature(self._root) == now and self._keep(now, cause)
        if signature(self._root) != now:
            return False  # changed while it was read: look again
        old = self._registry.now
        if worse := [each for name, each in new.complaints.items() if name not in old.complaints]:
            return self._keep(now, " ".join(worse))
        self._registry.replace(new)
        self._settled = now
        names = ", ".join(f"{name} {each.checksum[:8]}" for name, each in new.engine.checkpoints.items())
        _log(f"The models in {self._root} were replaced; from now on these answer: {names}.")
        return True

    def _keep(self, now: Signature, cause: str) -> bool:
        self._settled = now  # said once; the next change is looked at again
        _log(f"The models in {self._root} were replaced by damaged ones, so the old ones go on answering: {cause}")
        return False


def signature(root: Path) -> Signature:
    """Name, time, size and inode of each file and folder of a weights folder, unfinished ones left out."""
    found = set()
    for path in (each for depth in range(3) for each in root.glob("[!.]*" + "/[!.]*" * depth)):
        try:
            about = path.stat()
        except OSError:
            continue  # gone while it was looked at: then the next look sees something else
        found.add((str(path), about.st_mtime_ns, about.st_size, about.st_ino))
    return frozenset(found)


def _log(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
