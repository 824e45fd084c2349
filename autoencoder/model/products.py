"""Matrix products in bfloat16 where the processor has a unit for them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import torch
from torch import Tensor

_NARROWEST: Final = 128
"""Sides from which rounding pays also in batches of 128: below, preparing the unit takes longer than the product."""
_AS_THEY_ARE: Final[AbstractContextManager[None]] = nullcontext()


def are_quicker_rounded() -> bool:
    """Whether this CPU multiplies bfloat16 matrices in a unit made for it (Intel's AMX).

    Without one, rounding only costs time. An older torch, which cannot tell, is taken to run without.
    """
    tell: Callable[[], Mapping[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    return bool(tell().get("amx_bf16"))


def is_wide(matrix: Tensor) -> bool:
    """Whether both sides of a matrix are so wide that :func:`rounded` products of it are quicker."""
    return min(matrix.shape) >= _NARROWEST


@contextmanager
def _rounded() -> Iterator[None]:
    backend: Any = torch.backends.mkldnn  # a module that types do not know in full
    setting = backend.matmul
    before = setting.fp32_precision
    setting.fp32_precision = "bf16"
    try:
        yield
    finally:
        setting.fp32_precision = before


def rounded(wanted: bool = True) -> AbstractContextManager[None]:
    """Within it, if it is wanted, products of float32 matrices on a CPU round their factors to bfloat16.

    Sums and results stay float32. It holds for the whole process, other threads included;
    ``torch.get_float32_matmul_precision`` knows no word for it and fails there.
    """
    return _rounded() if wanted else _AS_THEY_ARE
