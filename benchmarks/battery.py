"""What bad input leaves behind: `python -m benchmarks.battery`.

Starts the app, fires the tests' whole battery of bad pictures, numbers, paths, routes and bodies at it, and says how
many there were, whether all were refused as stated, whether the log has a trace, and how much memory the app took up.
"""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from benchmarks import usage
from benchmarks.server import ROOT, served

TESTS: Final = ("test_bad_input.py", "test_requests.py", "test_limits.py", "test_upload.py")
MUST_INPUTS: Final = 120
MUST_MEGABYTES: Final = 150.0


def main() -> int:
    """Measure and print; 1 if something that must hold does not."""
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with served(log, AUTOENCODER_DEVICE="cpu") as url:
            pid = usage.listener(urlsplit(url).port or 80)
            before = usage.resident_megabytes(pid)
            said = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *(f"tests/web/{name}" for name in TESTS)],
                cwd=ROOT,
                env={**os.environ, "STUDIO_URL": url},
                capture_output=True,
                text=True,
            )
            grown = usage.resident_megabytes(pid) - before
            with urllib.request.urlopen(f"{url}/healthz", timeout=60) as answer:
                is_alive = answer.status == 200
        has_trace = "Traceback" in log.read_text()
    result = said.stdout.splitlines()[-1] if said.stdout else said.stderr
    passed = int(found[1]) if (found := re.search(r"(\d+) passed", result)) else 0
    print(f"{result}\ninputs and questions answered as stated: {passed} (must {MUST_INPUTS})")
    print(f"alive afterwards: {is_alive}; a trace in the log: {has_trace}")
    print(f"resident memory: {before:.0f} MB at the start, {grown:+.0f} MB after it (must {MUST_MEGABYTES:g})")
    holds = said.returncode == 0 and passed >= MUST_INPUTS and is_alive and not has_trace and grown < MUST_MEGABYTES
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
