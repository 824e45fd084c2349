"""What bad input leaves behind: `python -m benchmarks.bad_input`.

Starts the app, fires the tests' whole battery of bad pictures, numbers, paths, routes and bodies at it, and says how
many there were, whether all were refused as stated, whether the log has a trace, and how much memory the app took up.
Then 1,100 connections do nothing for 30 s: more than the 1,024 files that the process may open at first.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

from autoencoder.web import connections
from benchmarks.support import process_usage
from benchmarks.support.server import ROOT, served

TESTS: Final = (
    "security",
    "api/test_malformed_calls.py",
    "routes/test_upload.py",
    "test_bad_input.py",
    "test_connections.py",
)
IDLE_CONNECTIONS: Final = 1100
IDLE_SECONDS: Final = 30.0
FEW_FILES: Final = """
import resource, runpy
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, {hard}))
runpy.run_path("app.py", run_name="__main__")
"""
"""Starts the app where the system at first allows a process 1,024 open files, and ``hard`` at most."""
MUST_SECONDS: Final = 2.0
MUST_LOG_MEGABYTES: Final = 1.0
MUST_INPUTS: Final = 120
MUST_MEGABYTES: Final = 150.0


def idle(url: str, seconds: float, count: int = IDLE_CONNECTIONS) -> float:
    """Longest that ``/healthz`` takes while so many connections do nothing, in seconds."""
    connections.max_connections()  # raises the limit of open files
    address, longest = urlsplit(url), 0.0
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=60))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            asked = time.monotonic()
            with urllib.request.urlopen(f"{url}/healthz", timeout=60):
                longest = max(longest, time.monotonic() - asked)
            time.sleep(min(1, seconds / 30))
    return longest


def main() -> int:
    """Measure and print; 1 if something that must hold does not."""
    with TemporaryDirectory() as folder:
        log = Path(folder, "log")
        command = ("-c", FEW_FILES.format(hard="resource.getrlimit(resource.RLIMIT_NOFILE)[1]"))
        with served(log, command=command, AUTOENCODER_DEVICE="cpu") as url:
            pid = process_usage.listener(urlsplit(url).port or 80)
            before = process_usage.resident_megabytes(pid)
            said = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *(f"tests/web/{name}" for name in TESTS)],
                cwd=ROOT,
                env={**os.environ, "STUDIO_URL": url},
                capture_output=True,
                text=True,
            )
            grown = process_usage.resident_megabytes(pid) - before
            with urllib.request.urlopen(f"{url}/healthz", timeout=60) as answer:
                is_alive = answer.status == 200
            said_before = log.stat().st_size
            waited = idle(url, IDLE_SECONDS)
            logged = (log.stat().st_size - said_before) / 1e6
        has_trace = "Traceback" in log.read_text()
    result = said.stdout.splitlines()[-1] if said.stdout else said.stderr
    passed = int(found[1]) if (found := re.search(r"(\d+) passed", result)) else 0
    print(f"{result}\ninputs and questions answered as stated: {passed} (must {MUST_INPUTS})")
    print(f"alive afterwards: {is_alive}; a trace in the log: {has_trace}")
    print(f"resident memory: {before:.0f} MB at the start, {grown:+.0f} MB after it (must {MUST_MEGABYTES:g})")
    print(
        f"{IDLE_CONNECTIONS} idle connections for {IDLE_SECONDS:g} s: healthz within {waited:.2f} s "
        f"(must {MUST_SECONDS:g}), {logged:.3f} MB of log (must {MUST_LOG_MEGABYTES:g})"
    )
    holds = said.returncode == 0 and passed >= MUST_INPUTS and is_alive and not has_trace and grown < MUST_MEGABYTES
    return int(not holds or waited > MUST_SECONDS or logged > MUST_LOG_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
