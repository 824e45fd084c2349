"""What Gradio's ``num_workers`` does for this page: ``python -m benchmarks.num_workers``.

Serves the page as shipped, with two such workers, and with two behind Gradio's Node front end, the only place where
Gradio sends them anything (``ssr_mode``; needs Node.js 20). For each: what the server under the page's own address is,
answers a second to 16 clients, and the memory of all its processes, what they share counted once.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import load, load_calls, usage
from benchmarks.server import served
from benchmarks.wire import Connection

CLIENTS: Final = 16
CALLS: Final = {
    "strips": load_calls.strip,
    "denoise, files": load_calls.denoise_with_files,
    "page loads": load_calls.load_page,
}
FORMS: Final = {
    "as shipped": ("app.py",),
    "two workers": ("-m", "benchmarks.num_workers", "--serve", "workers"),
    "two workers behind Node": ("-m", "benchmarks.num_workers", "--serve", "node"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if the page as shipped fails to answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement (default: %(default)s)")
    parser.add_argument("--serve", choices=("workers", "node"), help="only serve the page as one of the rows does")
    options = parser.parse_args(argv)
    if options.serve:
        return _serve(behind_node=options.serve == "node")
    heads = ["", "/healthz", *(f"{name}: answers/s (failures)" for name in CALLS), "processes", "memory"]
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    failures = {}
    for name, command in FORMS.items():
        with served(command=command) as url:
            try:
                cells, failures[name] = asyncio.run(_measure(url, options.seconds))
            finally:
                # They have the app's way with SIGTERM, which is not to end at once, and would be left behind.
                for worker in usage.family(os.getpid())[2:]:
                    os.kill(worker, signal.SIGKILL)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    return int(bool(failures["as shipped"]))


async def _measure(url: str, seconds: float) -> tuple[list[str], int]:
    async with Connection(url, load.PATIENCE) as connection:
        health = await connection.get("/healthz")
    cells, failed = ["the app" if health.body.startswith(b"{") else "Node"], 0
    for call in CALLS.values():
        tally = await load.run(url, call, CLIENTS, seconds)
        failed += tally.failures.total()
        cells.append(f"{tally.rate:.0f} ({tally.failures.total()})")
    members = usage.family(os.getpid())[1:]
    return [*cells, str(len(members)), f"{sum(map(usage.own_megabytes, members)):.0f} MB"], failed


def _serve(*, behind_node: bool) -> int:
    import app
    from autoencoder.web import page

    shipped = page.launch_options

    def launch_options(*values: Any, **named: Any) -> dict[str, Any]:
        return {**shipped(*values, **named), "num_workers": 2, "ssr_mode": behind_node}

    page.launch_options = launch_options
    return app.main([])


if __name__ == "__main__":
    sys.exit(main())
