"""One training under way: network, optimizer, order of the images, and the place reached in it."""

import math
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

from autoencoder.model.network import Autoencoder
from autoencoder.training.arithmetic import Arithmetic
from autoencoder.training.assignment import best_codes, box_of
from autoencoder.training.distributed import Processes
from autoencoder.training.objective import Objective, corrupted
from autoencoder.training.optimizers import ScheduledOptimizers
from autoencoder.training.phases import Phase, phases
from autoencoder.training.recipes import Recipe
from autoencoder.weights.latent_map import encode_all

_LOOK_EVERY: Final = 50
"""Steps between two looks at the loss: a GPU must be waited for at each."""


class TrainingError(RuntimeError):
    """Training failed; the message says what to change."""


class StoppedError(RuntimeError):
    """Training was asked to stop and did so between two steps."""


Report = Callable[[int, int, float, str], None]
"""Called now and then with the steps done, the number of steps, the running loss and the phase."""


class TrainingRun:
    """A training that can be written down after any step and taken up again, bit by bit the same.

    Args:
        recipe: what to do.
        images: ``(N, 1, 28, 28)`` in [0, 1], on the device to train on.
        seed: of order, corruption and, with torch's global generators, weights and dropout.
        processes: the processes that share the work.
        arithmetic: how the network is computed.

    Raises:
        TrainingError: if there are fewer images than a batch.
    """

    def __init__(self, recipe: Recipe, images: Tensor, seed: int, processes: Processes, arithmetic: Arithmetic) -> None:
        self.images, self.processes, self._arithmetic = images, processes, arithmetic
        self.phases = phases(recipe)
        self.generator = torch.Generator(device=images.device).manual_seed(seed)
        self.order_generator = torch.Generator().manual_seed(seed)
        self.model = Autoencoder(recipe.model).to(images.device)
        self.model.start_from(images)
        if arithmetic.compile:
            self.model.compile(mode="reduce-overhead" if images.is_cuda else "default")
        self.batch_size = recipe.batch_size
        self._usable = self._count_usable()
        self.steps_per_epoch = math.ceil(self._usable / self.batch_size)
        self.total = self.steps_per_epoch * sum(phase.recipe.epochs for phase in self.phases)
        self.codes = images.new_zeros(len(images), recipe.model.latent_dim)
        """What the decoder's phase decodes of each image."""
        self._enter(0)
        self._draw_own(seed)
        self.done = 0
        self.losses = torch.zeros(self.steps_per_epoch, 2, device=images.device)
        """Total and reconstruction loss of each step of the epoch."""
        self._order_state = self.order_generator.get_state()

    @property
    def phase(self) -> Phase:
        """The present one."""
        return self.phases[self._phase_number]

    @property
    def phase_begins_at(self) -> int:
        """Epochs of the training before the present phase."""
        return sum(phase.recipe.epochs for phase in self.phases[: self._phase_number])

    @property
    def phase_ends_at(self) -> int:
        """Epochs of the training up to the end of the present phase."""
        return self.phase_begins_at + self.phase.recipe.epochs

    @property
    def is_last_phase(self) -> bool:
        """Whether no other phase follows."""
        return self._phase_number + 1 == len(self.phases)

    def advance(self) -> None:
        """Go on to the next phase."""
        was_joint = self.phase.name == "joint"
        self._enter(self._phase_number + 1)
        if was_joint and self.model.config.search_cells:
            self._enclose()

    def _enclose(self) -> None:
        """Let the part of the plane that is searched be where the encoder puts the images."""
        self.model.code_box.copy_(box_of(encode_all(self.model, self.images, refined=False)))

    def _enter(self, number: int) -> None:
        """Prepare a phase, which has optimizers of its own for its part of the network."""
        self._phase_number = number
        self.phase.select(self.model)
        self._objective = self.processes.wrap(Objective(self.model, self.phase, self._arithmetic))
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizers = ScheduledOptimizers(trained, self.phase.recipe, self.steps_per_epoch)

    def _count_usable(self) -> int:
        """Images an epoch: BatchNorm needs two in each process's last share."""
        least = 2 * self.processes.size
        if not least <= self.batch_size <= len(self.images):
            raise TrainingError(
                f"A batch of {self.batch_size} does not fit {len(self.images)} training images and "
                f"{self.processes.size} process(es), two images each: choose --batch-size from {least} to "
                f"{len(self.images)}."
            )
        rest = len(self.images) % self.batch_size
        return len(self.images) - (rest if rest < least else 0)

    def epoch(self, report: Report, stop: Callable[[], bool]) -> tuple[float, float]:
        """Train to the end of the epoch; returns the means of total and reconstruction loss.

        Raises:
            StoppedError: after the step during which ``stop`` became true; the run can be written down.
            TrainingError: if a loss is not a number, with epoch and step.
        """
        begun = self.done % self.steps_per_epoch
        if begun:
            self.order_generator.set_state(self._order_state)
        elif self.phase.name == "decoder":
            self._assign()
        self.phase.select(self.model)
        self._order_state = self.order_generator.get_state()
        order = torch.randperm(len(self.images), generator=self.order_generator).to(self.images.device)
        for number, rows in enumerate(order[: self._usable].split(self.batch_size)):
            if number < begun:
                continue
            self._step(number, rows)
            self.done += 1
            is_last = number + 1 == self.steps_per_epoch
            if is_last or self.done % _LOOK_EVERY == 0 or self.images.device.type == "cpu":
                report(self.done, self.total, self._mean_loss(number + 1), self.phase.name)
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
        if self.model.config.search_cells and self.phase.name == "joint" and self.is_last_phase:
            self._enclose()  # no other phase begins with it: codes outside of the box are never found
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

    def _assign(self) -> None:
        """Give each image the code that the decoder, as it is now, draws it best from."""
        self.model.eval()
        self.codes = best_codes(self.model, self.images, self.processes)
        self.model.code_box.copy_(box_of(self.codes))

    def _step(self, number: int, rows: Tensor) -> None:
        own = self.processes.share(rows)
        clean, recipe = self.images.index_select(0, own), self.phase.recipe
        if self.phase.name == "decoder":
            codes = self.codes.index_select(0, own)
            given = codes + recipe.code_jitter * torch.randn(codes.shape, generator=self.generator, device=codes.device)
        else:
            given = corrupted(clean, recipe, self.generator)
        loss, error = self._objective(given, clean, self.generator)
        # Shares differ by an image where a batch does not divide: each counts by its size.
        part = len(own) * self.processes.size / len(rows)
        self.optimizers.step(loss * part if part != 1 else loss)
        self.losses[number] = torch.stack([loss.detach(), error.detach()]) * part

    def state(self) -> dict[str, Any]:
        """All that the rest of the training depends on, as tensors and plain values."""
        return {
            "phase": self._phase_number,
            "model": self.model.state_dict(),
            "codes": self.codes if self.phase.name == "decoder" else None,
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
            TrainingError: if another number of processes shared the work, or another kind of device did it.
        """
        if state["processes"] != self.processes.size:
            raise TrainingError(
                f"This training was begun by {state['processes']} process(es), and there are {self.processes.size}: "
                "go on with as many."
            )
        if state["generator"].shape != self.generator.get_state().shape:  # each kind's has a length of its own
            raise TrainingError(
                f"This training was begun on another kind of device than {self.images.device.type}: go on there, or "
                "leave out --resume to begin anew."
            )
        self._enter(state["phase"])
        self.model.load_state_dict(state["model"])
        if state["codes"] is not None:
            self.codes.copy_(state["codes"])
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
