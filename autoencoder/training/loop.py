"""One training under way: network, optimizer, order of the images, and the place reached in it."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import torch
from torch import Tensor, nn

from autoencoder.model.network import Autoencoder
from autoencoder.noise import CORRUPTIONS
from autoencoder.training.distributed import Processes
from autoencoder.training.execution import Execution
from autoencoder.training.losses import fill_loss, neighbour_loss, reconstruction_loss
from autoencoder.training.neighbour_graph import nearest_neighbours, random_matching
from autoencoder.training.optimizers import ScheduledOptimizers
from autoencoder.training.recipes import Recipe

_INITIAL_NEIGHBOUR_SCALE: Final = 5.0
_LOOK_EVERY: Final = 50
"""Steps between two looks at the loss: a GPU must be waited for at each."""


class TrainingError(RuntimeError):
    """Training failed; the message says what to change."""


class StoppedError(RuntimeError):
    """Training was asked to stop and did so between two steps."""


Report = Callable[[int, int, float], None]
"""Called now and then with the steps done, the number of steps and the running loss."""


def corrupted(x: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """A recipe's corruption of images ``(B, 1, 28, 28)``, each at a level of its own."""
    if recipe.noise_high == 0:
        return x
    spread = torch.rand(len(x), 1, 1, 1, generator=generator, device=x.device)
    level = recipe.noise_low + (recipe.noise_high - recipe.noise_low) * spread
    # Not by corrupt(): it looks at the levels, and looking waits for a GPU.
    return CORRUPTIONS[recipe.noise_kind](x, level, generator)


class Objective(nn.Module):
    """The network with its losses, as one module: what gradients are averaged over.

    Args:
        recipe: weighs the losses.
        execution: how the network is computed.
    """

    def __init__(self, recipe: Recipe, execution: Execution) -> None:
        super().__init__()
        self.recipe, self.execution = recipe, execution
        self.model = Autoencoder(recipe.model)
        # Absent where no loss would give it a gradient: processes would wait for one.
        is_used = recipe.neighbour_weight_at(0) > 0
        self.log_scale = nn.Parameter(torch.tensor(math.log(_INITIAL_NEIGHBOUR_SCALE))) if is_used else None

    def forward(
        self, noisy: Tensor, clean: Tensor, linked: Tensor | None, neighbour_weight: float, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """``(total loss, reconstruction loss)`` of a batch ``(B, 1, 28, 28)``, both scalars."""
        with self.execution.autocast(noisy.device):
            reconstruction, z = self.model(noisy)
        reconstruction, z = reconstruction.float(), z.float()
        loss = error = reconstruction_loss(reconstruction, clean, self.recipe.l1_weight)
        if linked is not None and self.log_scale is not None:
            loss = loss + neighbour_weight * neighbour_loss(z, linked, self.log_scale)
        if self.recipe.fill_weight:
            loss = loss + self.recipe.fill_weight * fill_loss(z, generator)
        return loss, error


class TrainingRun:
    """A training that can be written down after any step and taken up again, bit by bit the same.

    Args:
        recipe: what to do.
        images: ``(N, 1, 28, 28)`` in [0, 1], on the device to train on.
        seed: of order, corruption and, with torch's global generators, weights and dropout.
        processes: the processes that share the work.
        execution: how the network is computed.

    Raises:
        TrainingError: if there are fewer images than a batch.
    """

    def __init__(self, recipe: Recipe, images: Tensor, seed: int, processes: Processes, execution: Execution) -> None:
        self.recipe, self.images, self.processes = recipe, images, processes
        self.generator = torch.Generator(device=images.device).manual_seed(seed)
        self.order_generator = torch.Generator().manual_seed(seed)
        objective = Objective(recipe, execution).to(images.device)
        self.model = objective.model
        self.model.start_from(images)
        if execution.compile:
            self.model.compile(mode="reduce-overhead" if images.is_cuda else "default")
        self.objective = objective
        self._objective = processes.wrap(objective)
        self._draw_own(seed)
        is_paired = objective.log_scale is not None
        self.batch_size = recipe.batch_size - recipe.batch_size % 2 if is_paired else recipe.batch_size
        self._usable = self._count_usable(is_paired)
        self.graph = nearest_neighbours(images, recipe.neighbours).tolist() if is_paired else None
        self.steps_per_epoch = math.ceil(self._usable / self.batch_size)
        self.total = self.steps_per_epoch * recipe.epochs
        self.optimizers = ScheduledOptimizers(list(objective.parameters()), recipe, self.steps_per_epoch)
        self.done = 0
        self.losses = torch.zeros(self.steps_per_epoch, 2, device=images.device)
        """Total and reconstruction loss of each step of the epoch."""
        self._order_state = self.order_generator.get_state()

    def _count_usable(self, is_paired: bool) -> int:
        """Images an epoch: pairs need an even number, and BatchNorm two in each process's last share."""
        least = 2 * self.processes.size
        if not least <= self.batch_size <= len(self.images):
            raise TrainingError(
                f"A batch of {self.batch_size} does not fit {len(self.images)} training images and "
                f"{self.processes.size} process(es), two images each: choose --batch-size from {least} to "
                f"{len(self.images)}."
            )
        count = len(self.images) - (len(self.images) % 2 if is_paired else 0)
        rest = count % self.batch_size
        return count - (rest if rest < least else 0)

    def epoch(self, report: Report, stop: Callable[[], bool]) -> tuple[float, float]:
        """Train to the end of the epoch; returns the means of total and reconstruction loss.

        Raises:
            StoppedError: after the step during which ``stop`` became true; the run can be written down.
            TrainingError: if a loss is not a number, with epoch and step.
        """
        self.model.train()
        begun = self.done % self.steps_per_epoch
        if begun:
            self.order_generator.set_state(self._order_state)
        self._order_state = self.order_generator.get_state()
        for number, (rows, linked) in enumerate(self._batches()):
            if number < begun:
                continue
            self._step(number, rows, linked)
            self.done += 1
            is_last = number + 1 == self.steps_per_epoch
            if is_last or self.done % _LOOK_EVERY == 0 or self.images.device.type == "cpu":
                report(self.done, self.total, self._mean_loss(number + 1))
            if self.processes.any(stop(), self.images.device):
                self._mean_loss(number + 1)  # a state that cannot be gone on from must not be written
                if not is_last:
                    raise StoppedError("Stopped.")
        means = self.losses.cpu().double().mean(0)  # Apple's GPUs know no double precision
        total, error = (
            self.processes.mean(means.to(self.losses)).tolist() if self.processes.size > 1 else means.tolist()
        )
        self.optimizers.end_epoch(error)
        self.processes.agree_on_statistics(self.model)
        return total, error

    def _mean_loss(self, steps: int) -> float:
        losses = self.losses[:steps]
        if not bool(losses.isfinite().all()):
            bad = int((~losses.isfinite()).any(1).nonzero()[0])
            epoch = (self.done - 1) // self.steps_per_epoch + 1
            raise TrainingError(
                f"The loss is no longer a number at epoch {epoch}, step {bad + 1} of {self.steps_per_epoch}: "
                "lower --learning-rate."
            )
        return float(losses[:, 1].mean())

    def _batches(self) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Row numbers of each batch and, where it is made of pairs, which pairs are neighbours."""
        size, device = self.batch_size, self.images.device
        if self.graph is None:
            order = torch.randperm(len(self.images), generator=self.order_generator).to(device)
            for rows in order[: self._usable].split(size):
                yield rows, None
            return
        pairs, linked = (each.to(device) for each in random_matching(self.graph, self.order_generator))
        half = self._usable // 2
        yield from zip(pairs[:half].split(size // 2), linked[:half].split(size // 2), strict=True)

    def _step(self, number: int, rows: Tensor, linked: Tensor | None) -> None:
        own, own_linked = self.processes.share(rows), None if linked is None else self.processes.share(linked)
        clean = self.images.index_select(0, own if linked is None else own.T.flatten())
        noisy = corrupted(clean, self.recipe, self.generator)
        weight = self.recipe.neighbour_weight_at(self.done / self.total)
        loss, error = self._objective(noisy, clean, own_linked, weight, self.generator)
        # Shares differ by an image where a batch does not divide: each counts by its size.
        part = len(own) * self.processes.size / len(rows)
        self.optimizers.step(loss * part if part != 1 else loss)
        self.losses[number] = torch.stack([loss.detach(), error.detach()]) * part

    def state(self) -> dict[str, Any]:
        """All that the rest of the training depends on, as tensors and plain values."""
        return {
            "objective": self.objective.state_dict(),
            "optimizers": self.optimizers.state(),
            "generator": self.generator.get_state(),
            "order": self._order_state if self.done % self.steps_per_epoch else self.order_generator.get_state(),
            "global": torch.get_rng_state(),
            "device": torch.cuda.get_rng_state(self.images.device) if self.images.is_cuda else None,
            "losses": self.losses,
            "done": self.done,
            "processes": self.processes.size,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state` gave, in whichever process it was.

        Raises:
            TrainingError: if other than now so many processes shared the work.
        """
        if state["processes"] != self.processes.size:
            raise TrainingError(
                f"This training was begun by {state['processes']} process(es), and there are {self.processes.size}: "
                "go on with as many."
            )
        self.objective.load_state_dict(state["objective"])
        self.optimizers.restore(state["optimizers"])
        self.generator.set_state(state["generator"])
        self.order_generator.set_state(state["order"])
        self._order_state = state["order"]
        torch.set_rng_state(state["global"])
        if state["device"] is not None and self.images.is_cuda:
            torch.cuda.set_rng_state(state["device"], self.images.device)
        self.losses.copy_(state["losses"])
        self.done = state["done"]
        self._draw_own(self.done)

    def _draw_own(self, seed: int) -> None:
        """Processes agree on weights and order, but each draws its own noise and dropout."""
        if self.processes.rank:
            torch.manual_seed(seed + self.processes.rank)
            self.generator.manual_seed(seed + self.processes.rank)
