"""All tests of the page against several processes behind nginx: `python -m benchmarks.replicas` (minutes).

Each of the page's requests goes to the next process in turn, and each of Gradio's own too (``--all-in-turn``, so
that nothing of the page can hide behind an address that sticks). Prints which process answered how many.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.support.proxy import nginx
from benchmarks.support.server import ROOT, served


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tests; returns their exit status."""
    parser = argparse.ArgumentParser(description="Run the browser's tests against several processes behind nginx.")
    parser.add_argument("--count", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--all-in-turn", action="store_true", help="let no request stick to a process")
    parser.add_argument("tests", nargs="*", help="what pytest is given (default: the fast tests of tests/web/page)")
    options = parser.parse_args(argv)
    tests = options.tests or ["tests/web/page", "-m", "not slow"]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        apps = [stack.enter_context(served(folder / f"app-{n}.log")) for n in range(options.count)]
        url = stack.enter_context(nginx(apps, folder / "requests.log", sticky=not options.all_in_turn))
        command = [sys.executable, "-m", "pytest", "-q", *tests]
        status = subprocess.run(command, cwd=ROOT, env={**os.environ, "STUDIO_URL": url}, check=False).returncode
        lines = [line.split() for line in (folder / "requests.log").read_text(encoding="utf-8").splitlines()]
    for app, answered in sorted(Counter(words[-2] for words in lines).items()):
        print(f"{app} answered {answered} requests")
    return status


if __name__ == "__main__":
    sys.exit(main())
