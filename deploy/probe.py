"""Ask a running app what a visitor would: `python -m deploy.probe http://localhost:7860`.

Needs the standard library only, so that it runs beside any deployment.
"""

import argparse
import base64
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any, Final

LEVEL: Final = 25
"""Row of a strip at noise 0.25, the level that the reference experiment trained at."""
_RETRY: Final = 0.1


def wait(url: str, limit: float, lives: Callable[[], bool] = lambda: True) -> dict[str, Any]:
    """What ``/healthz`` says, asked until it answers.

    Raises:
        TimeoutError: if it does not within ``limit`` seconds, or ``lives`` says that it never will.
    """
    deadline = time.monotonic() + limit
    while True:
        try:
            return _ask(f"{url}/healthz")
        except (OSError, ValueError) as error:
            if time.monotonic() > deadline or not lives():
                raise TimeoutError(f"{url} did not answer within {limit:.0f} s: {error}.") from error
            time.sleep(_RETRY)


def denoise(url: str, model: str) -> dict[str, Any]:
    """The strip that ``model`` makes of a white square under Gaussian noise."""
    rows = range(28)
    square = bytes(255 * (6 <= x < 22 and 6 <= y < 22) for y in rows for x in rows)
    message = {"image": base64.b64encode(square).decode(), "model": model, "noise": "gaussian", "seed": 7}
    return _ask(f"{url}/live/strip", message)


def main(argv: Sequence[str] | None = None) -> int:
    """Print what the app serves and how well it denoises; exit status 1 if it does not."""
    parser = argparse.ArgumentParser(description="Ask a running app for its health and for one reconstruction.")
    parser.add_argument("url", help="address of the page, such as http://localhost:7860")
    parser.add_argument("--wait", type=float, default=0, help="seconds to wait for the first answer (default 0)")
    parser.add_argument("--since", type=float, help="when the app was started, as seconds since 1970: times it")
    options = parser.parse_args(argv)
    url = options.url.rstrip("/")
    try:
        health = wait(url, options.wait)
        if options.since:
            print(f"first answer {time.time() - options.since:.1f} s after the start")
        for name, checksum in health["models"].items():
            error = denoise(url, name)["scores"]["mse"][LEVEL]
            print(f"{name} ({checksum[:12]}): a square at noise 0.25 comes back with MSE {error:.4f}")
    except (OSError, ValueError, KeyError) as error:
        print(f"{url} does not serve the app: {error}", file=sys.stderr)
        return 1
    return 0


def _ask(url: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
    body = None if message is None else json.dumps(message).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content: dict[str, Any] = json.load(answer)
    return content


if __name__ == "__main__":
    sys.exit(main())
