"""The app as a process of its own, for benchmarks, screenshots and tests."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
START_LIMIT: Final = 300.0
"""Seconds: far beyond the promised 15, for machines busy with other things."""
END_LIMIT: Final = 30.0


@contextmanager
def served(
    log: Path | None = None, start_limit: float = START_LIMIT, command: Sequence[str] = ("app.py",), **variables: str
) -> Iterator[str]:
    """Address of ``python app.py`` on a free port, until the block ends. Whatever happens, no process is left.

    Args:
        log: file for all that the app says; when None its complaints are shown and the rest is dropped.
        start_limit: seconds within which it must answer.
        command: what Python runs instead.
        variables: set in its environment.

    Raises:
        RuntimeError: if it does not answer in time, or ends with another status than 0 when terminated.
    """
    port = free_port()
    host = variables.setdefault("GRADIO_SERVER_NAME", "127.0.0.1")
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), **variables}
    with (log or Path(os.devnull)).open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=sink,
            stderr=sink if log else None,
        )
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    try:
        if not _answers(url, process, start_limit):
            raise RuntimeError(f"The app did not start within {start_limit:.0f} s.\n{_said(log)}")
        yield url
    finally:
        status = end(process)
    if status:
        raise RuntimeError(f"The app ended with status {status}.\n{_said(log)}")


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str, process: "subprocess.Popen[bytes]", limit: float) -> bool:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return True
        except OSError:
            time.sleep(0.1)
    return False


def end(process: "subprocess.Popen[bytes]") -> int:
    """Terminate a process, or kill one that does not end; returns its status."""
    process.terminate()
    try:
        return process.wait(END_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _said(log: Path | None) -> str:
    return log.read_text() if log else "Run 'python app.py' to see why."
