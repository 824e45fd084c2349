"""Optimizers and learning-rate schedules that recipes choose from."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from autoencoder.training.recipes import Recipe

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
SMALLEST_MUON_SIDE = 64
_MOMENTUM = 0.95
"""Of Muon's running mean of gradients, Nesterov style."""
_WARM_UP = 0.1
_SHORTEST_CYCLE = 4


class Muon(Optimizer):
    """Momentum whose every update is replaced by the nearest orthogonal matrix (Jordan et al., 2024).

    torch's own Muon orthogonalises in bfloat16: on a CPU without instructions for it, a step of the default
    training then takes ten times as long. This one stays in the parameters' precision.

    Args:
        parameters: matrices.
        lr: learning rate; updates have the root mean square that AdamW's typically have, 0.2.
        weight_decay: decoupled, per unit of learning rate.
        steps: Newton-Schulz iterations.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float, weight_decay: float, steps: int) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "steps": steps})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update every matrix that has a gradient; ``closure`` is not used."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        gradient = parameter.grad
        assert gradient is not None
        mean = self.state[parameter].setdefault("mean", torch.zeros_like(parameter))
        mean.lerp_(gradient, 1 - _MOMENTUM)
        update = orthogonalize(gradient.lerp(mean, _MOMENTUM), group["steps"])
        scale = 0.2 * math.sqrt(max(parameter.shape))
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"] * scale)


def orthogonalize(matrix: Tensor, steps: int) -> Tensor:
    """Push all singular values of a matrix ``(m, n)`` towards 1 by quintic Newton-Schulz iteration."""
    a, b, c = _NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if is_tall else matrix
    x: Tensor = wide / (wide.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x


class ScheduledOptimizers:
    """A recipe's optimizers and schedules behind one ``step``.

    Args:
        parameters: to train, all on one device.
        recipe: names optimizer, schedule and their numbers.
        steps_per_epoch: of the run.
    """

    def __init__(self, parameters: list[nn.Parameter], recipe: Recipe, steps_per_epoch: int) -> None:
        self._clip_norm = recipe.clip_norm
        groups = _groups(parameters, recipe)
        self._parameters = parameters
        self._optimizers: list[Optimizer] = []
        fused = parameters[0].device.type in ("cpu", "cuda")
        if groups["muon"]:
            self._optimizers.append(
                Muon(groups["muon"], recipe.muon_learning_rate, recipe.weight_decay, recipe.muon_steps)
            )
        self._optimizers.append(
            AdamW(
                [
                    {"params": groups[name], "weight_decay": decay}
                    for name, decay in (("decayed", recipe.weight_decay), ("free", 0.0))
                    if groups[name]
                ],
                lr=recipe.learning_rate,
                fused=fused,
            )
        )
        self._per_step = recipe.schedule == "onecycle"
        total = steps_per_epoch * recipe.epochs
        self._cycles = [_one_cycle(o, total) for o in self._optimizers] if self._per_step else []
        self._plateaus = (
            []
            if self._per_step
            else [ReduceLROnPlateau(o, mode="min", factor=0.5, patience=5) for o in self._optimizers]
        )

    @property
    def learning_rate(self) -> float:
        """AdamW's present learning rate."""
        return float(self._optimizers[-1].param_groups[0]["lr"])

    def step(self, loss: Tensor) -> None:
        """One update from the gradient of ``loss``."""
        for optimizer in self._optimizers:
            optimizer.zero_grad()
        loss.backward()
        if self._clip_norm:
            nn.utils.clip_grad_norm_(self._parameters, self._clip_norm)
        for optimizer in self._optimizers:
            optimizer.step()
        for cycle in self._cycles:
            cycle.step()

    def end_epoch(self, mean_loss: float) -> None:
        """Tell the schedules the epoch's mean training loss."""
        for plateau in self._plateaus:
            plateau.step(mean_loss)

    def state(self) -> dict[str, Any]:
        """All that the next updates depend on, as tensors and plain values."""
        return {
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "schedules": [schedule.state_dict() for schedule in (*self._cycles, *self._plateaus)],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state` gave."""
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for schedule, saved in zip((*self._cycles, *self._plateaus), state["schedules"], strict=True):
            schedule.load_state_dict(saved)


def _groups(parameters: list[nn.Parameter], recipe: Recipe) -> dict[str, list[nn.Parameter]]:
    groups: dict[str, list[nn.Parameter]] = {"muon": [], "decayed": [], "free": []}
    for parameter in parameters:
        if recipe.schedule == "plateau":
            # The reference experiment decays every parameter alike.
            groups["decayed"].append(parameter)
        elif parameter.ndim < 2:
            groups["free"].append(parameter)
        elif recipe.optimizer == "muon" and min(parameter.shape) >= SMALLEST_MUON_SIDE:
            groups["muon"].append(parameter)
        else:
            groups["decayed"].append(parameter)
    return groups


def _one_cycle(optimizer: Optimizer, total: int) -> OneCycleLR:
    peak = float(optimizer.param_groups[0]["lr"])
    is_adam = isinstance(optimizer, AdamW)
    # torch divides by the length of each phase less one step: a training of a few steps must not make it zero.
    total = max(total, _SHORTEST_CYCLE)
    start = max(_WARM_UP, 2 / total)
    return OneCycleLR(optimizer, peak, total_steps=total, pct_start=start, cycle_momentum=is_adam)
