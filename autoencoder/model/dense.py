"""A stack of dense layers that can compute its gradients as one step of autograd."""

from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from autoencoder.model import products

_LEVELS: Final = 1 << 16
"""Values of the 16 random bits that decide whether a unit is dropped."""


@dataclass(frozen=True, slots=True)
class _Layer:
    """A linear layer with BatchNorm, ReLU and perhaps dropout after it; without ``scale`` it is bare."""

    weight: Tensor
    bias: Tensor
    is_rounded: bool
    """Whether products with the weights round to bfloat16."""
    scale: Tensor | None = None
    shift: Tensor | None = None
    running_mean: Tensor | None = None
    running_variance: Tensor | None = None
    batches: Tensor | None = None
    momentum: float = 0.0
    epsilon: float = 0.0
    dropout: float = 0.0


class Dense(nn.Sequential):
    """``nn.Sequential`` around a stretch of dense layers, which :meth:`compute_directly` makes cheaper to train.

    From its first linear layer to its last it holds linear layers with BatchNorm, ReLU and perhaps dropout
    between them; anything may stand before and after.
    """

    _layers: list[_Layer] | None = None

    def compute_directly(self, rounded: bool = False) -> list[nn.Parameter]:
        """From now on, in training mode, make the stretch one node of autograd's graph; for CPUs.

        Results are changed in place where nothing else needs them, and a unit's dropout takes 16 random bits.
        Up to rounding and to which units are dropped, gradients are autograd's.

        Args:
            rounded: whether products of wide layers take their factors in bfloat16. Narrow ones, on which the
                digits of a code depend, never do, and sums and all that is kept stay float32.

        Returns:
            The stretch's parameters. A backward pass *replaces* their gradients instead of adding to them,
            within the tensors that are there, and calls no hooks (DistributedDataParallel needs them).
        """
        first, end = self._stretch()
        self._layers = _layers(list(self)[first:end], rounded)
        return [parameter for module in self[first:end] for parameter in module.parameters()]

    def forward(self, x: Tensor) -> Tensor:
        """What the modules make of ``x`` one after the other."""
        if self._layers is None or not self.training:
            return cast(Tensor, super().forward(x))  # type: ignore[no-untyped-call]
        modules, (first, end) = list(self), self._stretch()
        for module in modules[:first]:
            x = module(x)
        # The bias only tells autograd that there is something to train.
        x = _Direct.apply(x, self._layers[-1].bias, self._layers)
        for module in modules[end:]:
            x = module(x)
        return x

    def _stretch(self) -> tuple[int, int]:
        linear = [place for place, module in enumerate(self) if isinstance(module, nn.Linear)]
        return linear[0], linear[-1] + 1


def _layers(modules: list[nn.Module], rounded: bool) -> list[_Layer]:
    layers = []
    for place, linear in enumerate(modules):
        if not isinstance(linear, nn.Linear):
            continue
        own = linear.weight, linear.bias, rounded and products.is_wide(linear.weight)
        norm, _, dropout, *_ = *modules[place + 1 : place + 4], None, None, None
        if not isinstance(norm, nn.BatchNorm1d):
            layers.append(_Layer(*own))
            continue
        assert norm.momentum is not None
        rate = dropout.p if isinstance(dropout, nn.Dropout) else 0.0
        statistics = norm.running_mean, norm.running_var, norm.num_batches_tracked
        numbers = norm.momentum, norm.eps, rate
        layers.append(_Layer(*own, norm.weight, norm.bias, *statistics, *numbers))
    return layers


class _Direct(torch.autograd.Function):
    """The stretch: ``(B, inputs)`` to ``(B, outputs)``."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, _: Tensor, layers: list[_Layer]) -> Tensor:
        # Whatever is remembered must not hold the result, which holds the graph that remembers.
        ctx.steps = []
        for layer in layers:
            x, needed = _forward(layer, x)
            ctx.steps.append((layer, *needed))
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, None, None]:
        is_wanted = ctx.needs_input_grad[0]
        while ctx.steps:
            layer, x, *needed = ctx.steps.pop()
            gradient = _backward(layer, gradient, *needed)
            with products.rounded(layer.is_rounded):
                layer.weight.grad = torch.mm(gradient.t(), x, out=layer.weight.grad)
                if ctx.steps or is_wanted:
                    gradient = torch.mm(gradient, layer.weight)
        return gradient if is_wanted else None, None, None


def _forward(layer: _Layer, x: Tensor) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """The layer's output, and its input and what else :func:`_backward` needs."""
    if layer.scale is None:
        with products.rounded(layer.is_rounded):
            return torch.addmm(layer.bias, x, layer.weight.t()), (x,)
    assert layer.batches is not None
    assert layer.running_mean is not None
    layer.batches.add_(1)
    # BatchNorm takes out what the bias adds, except that its running mean is to know of it.
    with products.rounded(layer.is_rounded):
        linear = torch.mm(x, layer.weight.t())
    layer.running_mean.sub_(layer.bias)
    y, mean, inverse_deviation = torch.native_batch_norm(
        linear,
        layer.scale,
        layer.shift,
        layer.running_mean,
        layer.running_variance,
        True,
        layer.momentum,
        layer.epsilon,
    )
    layer.running_mean.add_(layer.bias)
    y.relu_()
    kept = _kept(y, layer.dropout) if layer.dropout else None
    if kept is not None:
        y.mul_(kept)
    return y, (x, linear, y, mean, inverse_deviation, kept)


def _kept(y: Tensor, dropout: float) -> Tensor:
    """0 for a dropped unit and 1 / (1 - dropout) for a kept one, shaped like ``y``."""
    words = torch.empty(-(-y.numel() // 4), dtype=torch.int64).random_(-(1 << 63), None)
    bits = words.view(torch.int16)[: y.numel()].view(y.shape)
    kept = torch.ge(bits, round(dropout * _LEVELS) - _LEVELS // 2, out=torch.empty_like(y))
    return kept.mul_(1 / (1 - dropout))


def _backward(layer: _Layer, gradient: Tensor, *needed: Tensor | None) -> Tensor:
    """Gradient of what the weights gave, ``(B, outputs)``; replaces those of bias, scale and shift."""
    if layer.scale is None:
        layer.bias.grad = torch.sum(gradient, 0, out=layer.bias.grad)
        return gradient
    # The bias has no gradient here.
    linear, y, mean, inverse_deviation, kept = needed
    if kept is not None:
        gradient.mul_(kept)
    aten = torch.ops.aten
    aten.threshold_backward.grad_input(gradient, y, 0, grad_input=gradient)
    gradient, scale, shift = aten.native_batch_norm_backward(
        gradient, linear, layer.scale, layer.running_mean, layer.running_variance, mean, inverse_deviation, True,
        layer.epsilon, (True, True, True),
    )  # fmt: skip
    assert layer.shift is not None
    layer.scale.grad = _replaced(layer.scale.grad, scale)
    layer.shift.grad = _replaced(layer.shift.grad, shift)
    return gradient


def _replaced(old: Tensor | None, new: Tensor) -> Tensor:
    return new if old is None else old.copy_(new)
