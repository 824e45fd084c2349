"""How the server ends: it finishes what runs, answers what was asked, and exits with 0 in time, also as process 1."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client

from autoencoder.web import server
from benchmarks.support.server import START_LIMIT, free_port
from tests.support import loops
from tests.support.raw_http import ask, post

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SUPERVISORS_PATIENCE = 10.0


AS_PROCESS_1 = pytest.mark.parametrize("app", ["as process 1"], indirect=True)


@pytest.fixture
def app(request, tmp_path):
    """A running app: its address, the process to wait for, and the one to end; as process 1 if a test asks for it."""
    is_first = getattr(request, "param", "") == "as process 1"
    port = free_port()
    command = [sys.executable, "app.py"]
    if is_first:
        command = ["unshare", "--pid", "--fork", "--kill-child", *command]
    variables = {"GRADIO_SERVER_PORT": str(port), "AUTOENCODER_DEVICE": "cpu"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **variables}, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url, process, child(process) if is_first else process.pid
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log, log


def wait_for(url, process):
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        assert process.poll() is None, "the app ended by itself"
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the app did not start")


def child(process):
    """The app's number outside of its own space of process numbers, where it is 1."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    status = Path(f"/proc/{children[0]}/status").read_text()
    assert next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1] == "1"
    return int(children[0])


@AS_PROCESS_1
def test_sigterm_under_load_answers_all_that_was_accepted(app, tmp_path):
    """Every run that was accepted is answered with its picture, everything else is refused in whole; exit status 0."""
    url, process, number = app
    downloads = tmp_path / "answers"
    warm, cut, outcomes = threading.Event(), [], []

    def work():
        client = Client(url, verbose=False, download_files=downloads, httpx_kwargs={"timeout": 120})
        while True:
            try:
                image, nearest = client.predict(0.1, 0.2, "denoising", api_name="/decode")
                assert Path(image).stat().st_size > 50
                assert len(nearest) > 0
                outcomes.append("answered")
                warm.set()
            except (httpx.ConnectError, httpx.HTTPStatusError) as error:
                outcomes.append(type(error).__name__)
                return
            except Exception as error:  # whatever it is, it is a request that was cut
                if "503" in str(error) or "Queue is full" in str(error) or "busy" in str(error):
                    outcomes.append("refused")
                    return
                cut.append(repr(error))
                return

    def live():
        while True:
            try:
                status, _, body = post(url, "/live/decode-many", {"places": [[0, 0]], "model": "denoising"})
                assert json.loads(body).get("error" if status == 503 else "images")
                if status == 503:
                    return
            except ConnectionRefusedError:
                return
            except OSError as error:
                cut.append(repr(error))
                return

    with ThreadPoolExecutor(12) as pool:
        running = [*(pool.submit(work) for _ in range(8)), *(pool.submit(live) for _ in range(4))]
        assert warm.wait(120)
        os.kill(number, signal.SIGTERM)
        started = time.monotonic()
        assert process.wait(60) == 0
        took = time.monotonic() - started
        for each in running:
            each.result(60)
    assert took < SUPERVISORS_PATIENCE
    assert not cut
    assert "answered" in outcomes


def test_while_it_ends_new_work_is_refused_in_words_and_an_idle_connection_holds_it_up_no_longer(app):
    """Nor does a run that nobody fetches, which keeps the port open for some seconds."""
    url, process, number = app
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60):
        assert post(url, "/gradio_api/call/decode", {"data": [0, 0, "denoising"]})[0] == 200
        os.kill(number, signal.SIGTERM)
        status = 200
        while status == 200:
            status, _, body = post(url, "/live/decode-many", {"places": [[0, 0]], "model": "denoising"})
        assert status == 503
        assert "about to end" in json.loads(body)["error"]
        assert process.wait(60) == 0


def test_a_connection_that_was_accepted_may_still_ask(app):
    """Between a client's connection and its first request the port may close: it is answered all the same."""
    url, process, number = app
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as connection:
        os.kill(number, signal.SIGTERM)
        while answers(url):
            pass
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert process.wait(60) == 0


def answers(url):
    try:
        return ask(url, "GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_the_last_resort_comes_before_a_supervisors():
    assert server.LAST_SECONDS < SUPERVISORS_PATIENCE


class Drained:
    """A service that is as busy as it is told to be."""

    app, busy = None, False

    def __init__(self):
        self.slots = self
        self.closed = threading.Event()

    def close(self):
        self.closed.set()

    def is_busy(self):
        return self.busy


@pytest.fixture
def ending(monkeypatch):
    """A server that was asked to end, on a clock that goes only when told to, and what it serves."""
    clock, service = [1000.0], Drained()
    monkeypatch.setattr(server.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(server.threading, "Timer", lambda *_: threading.Thread())
    served = server.DrainingServer(service)
    assert not loops.run(served.on_tick(1))
    served.handle_exit(signal.SIGTERM, None)

    def ends_after(seconds):
        clock[0] += seconds
        return loops.run(served.on_tick(1))

    return ends_after, service, served


def test_it_ends_when_nobody_asks_any_more(ending):
    """The event loop looks, not a thread of its own: what it looks at is for one thread."""
    ends_after, service, _ = ending
    assert service.closed.is_set()
    service.busy = True
    assert not ends_after(server.QUIET_SECONDS + 1)
    service.busy = False
    assert not ends_after(server.QUIET_SECONDS / 2)
    assert ends_after(server.QUIET_SECONDS / 2)


def test_it_ends_in_time_however_busy_it_is(ending):
    ends_after, service, served = ending
    service.busy = True
    assert not ends_after(server.FINISH_SECONDS - 1)
    served.handle_exit(signal.SIGTERM, None)  # a second one changes nothing
    assert ends_after(1)


def test_a_signal_is_heard_between_the_announcement_and_the_first_request(monkeypatch, capsys):
    before, heard = signal.getsignal(signal.SIGTERM), []
    monkeypatch.setattr(server.DrainingServer, "run", lambda *_: heard.append(signal.getsignal(signal.SIGTERM)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.serve(Drained(), listener)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    assert (heard, capsys.readouterr().out) == ([before], f"Running on {address}\n")
