"""The whole proof that a Space would run: `python -m benchmarks.space` (minutes; some 7 GB of disk while it runs).

Copies exactly the files that are uploaded, installs exactly their requirements into a new environment, and
asks the app that runs there. Then once more as on ZeroGPU, with the real ``spaces`` package and a stand-in for
the platform's scheduler, which a Space must report to.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from benchmarks.support.server import end
from deploy import probe, space

SPACE: Final = "you/garment"
ADDRESS: Final = ("0.0.0.0", 7860)
PLATFORM: Final = {"SYSTEM": "spaces", "SPACE_ID": SPACE, "GRADIO_NUM_PORTS": "1"}
"""What every Space sets; Gradio then wants the ``spaces`` package, which every Gradio Space has."""
_START_LIMIT: Final = 300.0
_KEPT: Final = ("PATH", "LANG", "TMPDIR")


class Scheduler(ThreadingHTTPServer):
    """Stands for ZeroGPU's scheduler; remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Scheduler

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running(python: Path, folder: Path, home: Path, variables: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Address of the app in a folder, run by a Python that sees nothing else, and when it was started.

    Raises:
        RuntimeError: if it ends with another status than 0.
        OSError: if something else listens on a Space's port: another port would not show who takes that first.
    """
    host, port = ADDRESS
    socket.create_server(ADDRESS).close()
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {**kept, "HOME": str(home), "GRADIO_SERVER_NAME": host, **variables}
    process = subprocess.Popen([str(python), "app.py"], cwd=folder, env=environment)
    try:
        yield f"http://127.0.0.1:{port}", time.time()
    finally:
        status = end(process)
    if status:
        raise RuntimeError(f"The app ended with status {status}.")


def installed(folder: Path, python: Path) -> None:
    """Make a new environment with the requirements of a folder, and say how large it is."""
    root = python.parent.parent
    start = time.monotonic()
    venv.create(root, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(folder / "requirements.txt")], check=True)
    print(f"requirements installed in {time.monotonic() - start:.0f} s: {_gb(root):.2f} GB", end=", ")
    cuda = [path for path in root.glob("lib/python*/site-packages/*") if path.name.startswith(("nvidia", "triton"))]
    print(f"of which the packages nvidia* and triton {sum(map(_gb, cuda)):.2f} GB", flush=True)


def as_on_zero_gpu(python: Path, folder: Path, home: Path) -> None:
    """Run the app with the platform's package, and check that it reports a GPU function and still answers.

    Raises:
        RuntimeError: if it does not report.
    """
    pip = [str(python), "-m", "pip", "install", "-q", "--no-cache-dir", "--disable-pip-version-check", "spaces"]
    subprocess.run(pip, check=True)
    scheduler = Scheduler()
    threading.Thread(target=scheduler.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{scheduler.server_port}"
    variables = {**PLATFORM, "SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": address}
    try:
        with running(python, folder, home, variables) as (url, since):
            _ask(url, since)
    finally:
        scheduler.shutdown()
        scheduler.server_close()
    if scheduler.asked != ["/startup-report"]:
        raise RuntimeError(f"The scheduler was asked for {scheduler.asked}, not once for /startup-report.")
    print("as on ZeroGPU: reported its GPU function once, asked for no GPU", flush=True)


def main() -> int:
    """Print what was found; exit status 1 if a Space would not run."""
    with tempfile.TemporaryDirectory(prefix="space-") as name:
        folder, home, python = Path(name, "app"), Path(name, "home"), Path(name, "venv", "bin", "python")
        home.mkdir()
        files = space.stage(folder, SPACE)
        size = sum((folder / file).stat().st_size for file in files) / 1e6
        print(f"{len(files)} files, {size:.1f} MB, on Python {sys.version.split()[0]}", flush=True)
        try:
            installed(folder, python)
            with running(python, folder, home, {}) as (url, since):
                _ask(url, since)
            as_on_zero_gpu(python, folder, home)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _ask(url: str, since: float) -> None:
    if probe.main([url, "--wait", str(_START_LIMIT), "--since", str(since)]):
        raise RuntimeError("The app does not serve.")
    sys.stdout.flush()


def _gb(folder: Path) -> float:
    files = folder.rglob("*") if folder.is_dir() else [folder]
    return sum(file.lstat().st_size for file in files if file.is_file() and not file.is_symlink()) / 1e9


if __name__ == "__main__":
    sys.exit(main())
