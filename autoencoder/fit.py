"""Fit one autoencoder to images by a recipe."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from autoencoder import metrics
from autoencoder.model import Autoencoder
from autoencoder.neighbours import nearest_neighbours, random_matching
from autoencoder.noise import corrupt
from autoencoder.objective import fill_loss, neighbour_loss, reconstruction_loss
from autoencoder.optim import Stepper
from autoencoder.recipes import Recipe

_INITIAL_NEIGHBOUR_SCALE = 5.0
_VALIDATION_SEED = 1
_BATCH = 2_000


class TrainingError(RuntimeError):
    """Training failed; the message says what to change."""


@dataclass(frozen=True)
class Epoch:
    """One row of the training log."""

    epoch: int
    train_loss: float
    """Mean reconstruction loss over the epoch's batches, per pixel."""
    validation_mse: float
    """Mean squared error on the validation images under the recipe's noise, with unrefined codes."""
    learning_rate: float
    seconds: float
    """Wall-clock seconds since the start of the training."""


@dataclass(frozen=True)
class Fitted:
    """A trained model with its log."""

    model: Autoencoder
    """The kept epoch's weights, in eval mode."""
    history: tuple[Epoch, ...]
    best_epoch: int
    cpu_seconds: float
    """Processor seconds of this process, all threads together."""


Report = Callable[[int, int, float], None]
"""Called after each step with the step's number, the number of steps and the running loss."""


def fit(recipe: Recipe, train: Tensor, validation: Tensor, seed: int, report: Report = lambda *_: None) -> Fitted:
    """Train from scratch.

    Args:
        recipe: what to do.
        train: ``(N, 1, 28, 28)`` in [0, 1], on the device to train on.
        validation: ``(M, 1, 28, 28)`` on the same device; chooses the epoch that is kept. May be
            empty if the recipe keeps the epoch by its training loss.
        seed: of initial weights, order, corruption and dropout: the same seed on the same machine
            and software gives the same weights, bit by bit.
        report: progress callback.

    Raises:
        TrainingError: if there are fewer images than a batch, or the loss stops being a number.
    """
    if len(train) < recipe.batch_size:
        raise TrainingError(
            f"{len(train)} training images do not fill a batch of {recipe.batch_size}: lower --batch-size."
        )
    start, cpu_start = time.perf_counter(), time.process_time()
    # Initial weights and dropout have no generator argument in torch: they follow the global one.
    with torch.random.fork_rng(devices=[train.device] if train.device.type == "cuda" else []):
        torch.manual_seed(seed)
        run = _Run(recipe, train, seed)
        history: list[Epoch] = []
        best, best_score = copy.deepcopy(run.model.state_dict()), math.inf
        for number in range(1, recipe.epochs + 1):
            loss = run.epoch(report)
            error = validation_mse(run.model, validation, recipe)
            seconds = time.perf_counter() - start
            history.append(Epoch(number, loss, error, run.stepper.learning_rate, seconds))
            score = error if recipe.keep == "validation" else loss
            if score < best_score:
                best, best_score = copy.deepcopy(run.model.state_dict()), score
    run.model.load_state_dict(best)
    kept = min(history, key=lambda e: e.validation_mse if recipe.keep == "validation" else e.train_loss)
    return Fitted(run.model.eval(), tuple(history), kept.epoch, time.process_time() - cpu_start)


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
        z = model.encode(_corrupted(batch, recipe, generator), refined=False)
        errors.append(metrics.mse(model.decode(z), batch))
    model.train(was_training)
    return torch.cat(errors).mean().item()


def _corrupted(x: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    if recipe.noise_high == 0:
        return x
    spread = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device)
    level = recipe.noise_low + (recipe.noise_high - recipe.noise_low) * spread
    return corrupt(x, "gaussian", level, generator)


class _Run:
    """State of one training: model, optimizer, order and place in it."""

    def __init__(self, recipe: Recipe, images: Tensor, seed: int) -> None:
        self.recipe, self.images = recipe, images
        self.generator = torch.Generator(device=images.device).manual_seed(seed)
        self.order_generator = torch.Generator().manual_seed(seed)
        self.model = Autoencoder(recipe.model).to(images.device)
        self.model.start_from(images)
        self.log_scale = nn.Parameter(torch.tensor(math.log(_INITIAL_NEIGHBOUR_SCALE), device=images.device))
        self.graph = nearest_neighbours(images, recipe.neighbours).tolist() if recipe.neighbour_weight_at(0) else None
        self.steps_per_epoch = math.ceil(self._usable / recipe.batch_size)
        self.total = self.steps_per_epoch * recipe.epochs
        self.stepper = Stepper([*self.model.parameters(), self.log_scale], recipe, self.steps_per_epoch)
        self.done = 0

    @property
    def _usable(self) -> int:
        """Images an epoch: pairs need an even number, and BatchNorm more than one in the last batch."""
        count = len(self.images) - len(self.images) % 2 if self.graph else len(self.images)
        return count - (count % self.recipe.batch_size == 1)

    def epoch(self, report: Report) -> float:
        """Train over all images once; returns the mean reconstruction loss."""
        self.model.train()
        mean = 0.0
        for count, (rows, linked) in enumerate(self._batches(), start=1):
            loss = self._step(rows, linked)
            mean += (loss - mean) / count
            self.done += 1
            report(self.done, self.total, mean)
        if not math.isfinite(mean):
            raise TrainingError("The loss is no longer a number: lower --learning-rate.")
        self.stepper.end_epoch(mean)
        return mean

    def _batches(self) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Row numbers of each batch and, where it is made of pairs, which pairs are neighbours."""
        size, device = self.recipe.batch_size, self.images.device
        if self.graph is None:
            order = torch.randperm(len(self.images), generator=self.order_generator).to(device)
            for rows in order[: self._usable].split(size):
                yield rows, None
            return
        pairs, linked = random_matching(self.graph, self.order_generator)
        for some, are_linked in zip(pairs.split(size // 2), linked.split(size // 2), strict=True):
            yield some.T.flatten().to(device), are_linked.to(device)

    def _step(self, rows: Tensor, linked: Tensor | None) -> float:
        clean = self.images[rows]
        reconstruction, z = self.model(_corrupted(clean, self.recipe, self.generator))
        loss = error = reconstruction_loss(reconstruction, clean, self.recipe.l1_weight)
        weight = self.recipe.neighbour_weight_at(self.done / self.total)
        if linked is not None and weight:
            loss = loss + weight * neighbour_loss(z, linked, self.log_scale)
        if self.recipe.fill_weight:
            loss = loss + self.recipe.fill_weight * fill_loss(z, self.generator)
        self.stepper.step(loss)
        return error.item()
