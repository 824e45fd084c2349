"""What Hugging Face's ZeroGPU asks of a Space before it lets it run."""

import importlib.util


def declare() -> bool:
    """Declare a GPU function where the platform's ``spaces`` package is present; whether it is.

    ZeroGPU ends a Space that has declared none when its server starts. Ours is never called: the models answer
    faster on the CPU than a GPU is lent, so a visitor spends no quota.
    """
    if importlib.util.find_spec("spaces") is None:
        return False
    import spaces

    spaces.GPU(duration=1)(_borrow)
    return True


def _borrow() -> None:
    """Would hold a GPU while it runs."""
