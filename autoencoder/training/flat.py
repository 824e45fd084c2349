"""Many parameters as one."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Flat:
    """Parameters laid end to end in one buffer, and their gradients in another.

    The parameters become views into it: who trains the whole trains them, in one call instead of one for each.

    Args:
        parameters: at least one, all of one type and on one device.
        replaced: parameters, those or others, whose gradients each backward pass replaces: they need no clearing.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], replaced: Sequence[nn.Parameter] = ()) -> None:
        first = parameters[0]
        size = sum(parameter.numel() for parameter in parameters)
        self.whole = nn.Parameter(torch.empty(size, dtype=first.dtype, device=first.device))
        """All of them, ``(size,)``."""
        self.gradient = torch.zeros_like(self.whole)
        """Their gradients, ``(size,)``."""
        self.whole.grad = self.gradient
        need_no_clearing = {id(parameter) for parameter in replaced}
        start = self._added = 0
        for parameter in sorted(parameters, key=lambda each: id(each) in need_no_clearing):
            parameter.data = _part(self.whole.detach(), start, parameter).copy_(parameter.detach())
            parameter.grad = _part(self.gradient, start, parameter)
            start += parameter.numel()
            if id(parameter) not in need_no_clearing:
                self._added = start

    def clear(self) -> None:
        """Set to zero those gradients that a backward pass adds to."""
        self.gradient[: self._added].zero_()


def _part(buffer: Tensor, start: int, parameter: nn.Parameter) -> Tensor:
    # Strides are kept: convolutions may hold their weights with channels last.
    return buffer.as_strided(parameter.shape, parameter.stride(), start)
