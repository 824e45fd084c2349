"""Fit one autoencoder to images by a recipe, from the start or from where an earlier process stopped."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from autoencoder import metrics
from autoencoder.model.network import Autoencoder
from autoencoder.training import film, prior, resume
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.assignment import best_codes
from autoencoder.training.distributed import Processes
from autoencoder.training.objective import corrupted
from autoencoder.training.phases import PhaseName, phases
from autoencoder.training.recipes import Recipe
from autoencoder.training.training_run import Report, StoppedError, TrainingError, TrainingRun
from autoencoder.weights.film import Frame, Stage

_VALIDATION_SEED = 1
_BATCH = 2_000
_FORMAT = 5
"""Of the state file; to be raised when its content changes."""


@dataclass(frozen=True)
class Epoch:
    """One row of the training log."""

    epoch: int
    phase: PhaseName
    """Which part of the network was trained; see :mod:`autoencoder.training.phases`."""
    train_loss: float
    """Mean reconstruction loss over the epoch's batches, per pixel."""
    total_loss: float
    """The same with the weighted term on the codes."""
    validation_mse: float
    """Mean squared error on the validation images: under the recipe's noise, with unrefined codes; in the decoder's
    phase clean, with searched ones."""
    learning_rate: float
    seconds: float
    """Wall-clock seconds since the start of the training, without those between a stop and its resumption."""
    images_per_second: float
    """Training images seen in a second of this epoch, validation included."""


@dataclass(frozen=True)
class Fitted:
    """A trained model with its log."""

    model: Autoencoder
    """The weights of the best epoch of the last phase, in eval mode."""
    history: tuple[Epoch, ...]
    best_epoch: int
    cpu_seconds: float
    """Processor seconds of the process, all threads together."""
    film: tuple[Frame, ...] = ()
    """None of a model without a plane that stays, or without held-out images."""


@dataclass(frozen=True)
class Callbacks:
    """What happens beside a training."""

    report: Report = lambda *_: None
    """Progress within the epoch."""
    epoch: Callable[[tuple[Epoch, ...]], None] = lambda _: None
    """Called after each epoch with the log so far."""
    stop: Callable[[], bool] = lambda: False
    """Asked after each step whether to stop there."""
    state: Path | None = None
    """File to go on from, if it is there, and to write after each epoch and at a stop."""


@dataclass
class _Progress:
    """The log, the best epoch of the present phase, and the time it took."""

    best: dict[str, Tensor]
    """The weights of the best epoch of the present phase."""
    best_epoch: int = 0
    best_score: float = math.inf
    history: list[Epoch] = field(default_factory=list)
    film: list[Frame] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0


def fit(
    recipe: Recipe,
    train: Tensor,
    validation: Tensor,
    seed: int,
    callbacks: Callbacks | None = None,
    arithmetic: Arithmetic | None = None,
    processes: Processes | None = None,
) -> Fitted:
    """Train to the recipe's last epoch.

    Args:
        recipe: what to do.
        train: ``(N, 1, 28, 28)`` in [0, 1], on the device to train on.
        validation: ``(M, 1, 28, 28)`` on the same device; chooses the epoch that is kept. May be
            empty if the recipe keeps the epoch by its training loss.
        seed: of initial weights, order, corruption and dropout: the same seed on the same machine
            and software, with one thread, gives the same weights, bit by bit, stopped and resumed or not.
        callbacks: progress callbacks and the file to resume from; none when not given.
        arithmetic: precision and compilation; the defaults when not given.
        processes: the processes that share the work; this one alone when not given.

    Raises:
        StoppedError: if asked to stop; ``callbacks.state`` then holds all that is needed to go on.
        TrainingError: if there are fewer images than a batch, the loss stops being a number, or the
            state to resume from is damaged or another training's.
        OSError: if the state cannot be written.
    """
    callbacks, arithmetic, processes = callbacks or Callbacks(), arithmetic or Arithmetic(), processes or Processes()
    # Initial weights and dropout have no generator argument in torch: they follow the global one.
    with torch.random.fork_rng(devices=[train.device] if train.is_cuda else []):
        torch.manual_seed(seed)
        identity = {"format": _FORMAT, "recipe": asdict(recipe), "seed": seed, "images": len(train)}
        saved = processes.broadcast(
            resume.load(callbacks.state, identity) if callbacks.state and not processes.rank else None
        )
        if saved is not None and len(saved["history"]) == sum(phase.recipe.epochs for phase in phases(recipe)):
            progress = _restored(saved)
        else:
            run = TrainingRun(recipe, train, seed, processes, arithmetic)
            progress = _Progress(copy.deepcopy(run.model.state_dict()))
            if saved is not None:
                run.restore(saved["run"])
                progress = _restored(saved)
            _train(run, validation, callbacks, progress, identity)
        # A new one: the one that was trained may have been compiled.
        model = Autoencoder(recipe.model).to(train.device)
    model.load_state_dict(progress.best)
    model.eval()
    if recipe.model.code_prior:
        prior.measure(model, validation if len(validation) else train, seed)
    shots = list(progress.film)
    if shots:
        shots.append(film.frame(model, validation, "finished", len(progress.history)))
    return Fitted(model, tuple(progress.history), progress.best_epoch, progress.cpu_seconds, tuple(shots))


def _train(
    run: TrainingRun, validation: Tensor, callbacks: Callbacks, progress: _Progress, identity: dict[str, Any]
) -> None:
    start, cpu_start = time.perf_counter() - progress.seconds, time.process_time() - progress.cpu_seconds

    def save() -> None:
        progress.seconds, progress.cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
        if callbacks.state is not None and not run.processes.rank:
            rows = {name: [vars(row) for row in getattr(progress, name)] for name in ("history", "film")}
            content = {**vars(progress), **rows}
            resume.save(callbacks.state, identity, {"run": run.state(), **content})

    def shoot(stage: Stage) -> None:
        if film.can_record(run.model.config) and len(validation) and not run.processes.rank:
            progress.film.append(film.frame(run.model, validation, stage, len(progress.history)))

    if not run.done:
        shoot("start")
    while run.done < run.total:
        begun, begun_at = time.perf_counter(), run.done % run.steps_per_epoch
        try:
            total, loss = run.epoch(callbacks.report, callbacks.stop)
        except StoppedError:
            save()
            raise
        number = len(progress.history) + 1
        error = _validation_error(run, validation)
        if len(validation) and not math.isfinite(error):
            raise TrainingError(f"The validation error is no number after epoch {number}: lower --learning-rate.")
        now = time.perf_counter()
        speed = (run.steps_per_epoch - begun_at) / run.steps_per_epoch * len(run.images) / (now - begun)
        rate = run.optimizers.learning_rate
        progress.history.append(Epoch(number, run.phase.name, loss, total, error, rate, now - start, speed))
        score = error if run.phase.recipe.keep == "validation" else loss
        if score < progress.best_score:
            progress.best, progress.best_score = copy.deepcopy(run.model.state_dict()), score
            progress.best_epoch = number
        if number - run.phase_begins_at in film.moments(run.phase):
            shoot("decoder" if run.phase.name == "decoder" else "joint")
        if number == run.phase_ends_at and not run.is_last_phase:
            run.model.load_state_dict(progress.best)
            run.advance()
            progress.best_score = math.inf
        save()
        callbacks.epoch(tuple(progress.history))
        if run.processes.any(callbacks.stop(), run.images.device) and run.done < run.total:
            raise StoppedError("Stopped.")


def _restored(saved: dict[str, Any]) -> _Progress:
    history = [Epoch(**row) for row in saved["history"]]
    rest = {name: saved[name] for name in ("best", "best_epoch", "best_score", "seconds", "cpu_seconds")}
    return _Progress(**rest, history=history, film=[Frame(**shot) for shot in saved["film"]])


@torch.inference_mode()
def _validation_error(run: TrainingRun, images: Tensor) -> float:
    """Mean squared error on ``(M, 1, 28, 28)`` images with the part of the network that is being trained."""
    if run.phase.name != "decoder" or not len(images):
        return validation_mse(run.model, images, run.phase.recipe)
    run.model.eval()
    codes = best_codes(run.model, images).split(_BATCH)
    errors = [metrics.mse(run.model.decode(z), batch) for z, batch in zip(codes, images.split(_BATCH), strict=True)]
    return torch.cat(errors).mean().item()


@torch.inference_mode()
def validation_mse(model: Autoencoder, images: Tensor, recipe: Recipe) -> float:
    """Mean squared error of ``model`` on ``(M, 1, 28, 28)`` images under the recipe's noise.

    The noise is the same at each call; the result is NaN for no images. Codes are not refined: that
    would take a quarter of an epoch's time.
    """
    if not len(images):
        return math.nan
    was_training = model.training
    model.eval()
    generator = torch.Generator(device=images.device).manual_seed(_VALIDATION_SEED)
    errors = []
    for batch in images.split(_BATCH):
        z = model.encode(corrupted(batch, recipe, generator), refined=False)
        errors.append(metrics.mse(model.decode(z), batch))
    model.train(was_training)
    return torch.cat(errors).mean().item()
