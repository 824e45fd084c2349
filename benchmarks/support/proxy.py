"""nginx as a process of its own, with the configurations of ``deploy/``, before apps that run here."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.support.server import ROOT, START_LIMIT, end, free_port, served

DEPLOY: Final = ROOT / "deploy"
_START_LIMIT: Final = 30.0
_APP: Final = "app:7860"
_PORT: Final = "listen 8080;"
_LOG: Final = "/dev/stdout"


@contextmanager
def nginx(apps: Sequence[str], log: Path, config: str = "nginx.conf", sticky: bool = True) -> Iterator[str]:
    """Address of an nginx before the apps at these addresses, until the block ends.

    Only addresses and paths of the committed configuration are changed.

    Args:
        apps: addresses such as ``http://127.0.0.1:7860``.
        log: file for one line a request: method, path, status, address of the app that answered, seconds.
        config: name of a configuration in ``deploy/``.
        sticky: whether requests for Gradio's API go by the client's address, as configured; else all take turns.

    Raises:
        RuntimeError: if there is no nginx, or it does not start.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise RuntimeError("nginx is missing. Install it: apt-get install -y nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(DEPLOY / "proxy.conf", folder)
        text = adapted((DEPLOY / config).read_text(encoding="utf-8"), apps, port, log, folder)
        if not sticky:
            text = text.replace("hash $remote_addr consistent;", "")
        (folder / config).write_text(text, encoding="utf-8")
        user = "user root;" if os.geteuid() == 0 else ""  # else its workers may not enter the folder
        extra = f"daemon off; pid {folder}/nginx.pid; {user}"
        process = subprocess.Popen([program, "-c", folder / config, "-e", folder / "error.log", "-g", extra])
        try:
            if not _listens(port, process):
                raise RuntimeError(f"nginx did not start.\n{(folder / 'error.log').read_text()}")
            yield f"http://127.0.0.1:{port}"
        finally:
            end(process)


def adapted(text: str, apps: Sequence[str], port: int, log: Path, folder: Path) -> str:
    """A configuration with the addresses of these apps, a port, a log and a folder of its own.

    Raises:
        ValueError: if the configuration lacks what is to be changed.
    """
    for needed in (_APP, _PORT, _LOG, "/tmp/"):
        if needed not in text:
            raise ValueError(f"The configuration has no {needed}.")
    hosts = [app.removeprefix("http://") for app in apps]
    text = re.sub(rf"server {_APP}(.*?;)", lambda found: " ".join(f"server {host}{found[1]}" for host in hosts), text)
    text = text.replace("/tmp/", f"{folder}/").replace(_LOG, str(log))
    return text.replace(_APP, hosts[0]).replace(_PORT, f"listen 127.0.0.1:{port};")


@contextmanager
def replicas(count: int, folder: Path, **variables: str) -> Iterator[tuple[str, list[str]]]:
    """Address of an nginx before ``count`` apps, and the apps' own addresses, until the block ends.

    Args:
        count: how many processes of the app.
        folder: for their logs ``app-N.log``, and nginx's ``requests.log``.
        variables: set in the environment of each.
    """
    with ExitStack() as stack:
        apps = [stack.enter_context(served(folder / f"app-{n}.log", START_LIMIT, **variables)) for n in range(count)]
        yield stack.enter_context(nginx(apps, folder / "requests.log")), apps


def _listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    deadline = time.monotonic() + _START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False
