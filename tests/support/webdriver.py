"""Debian's Firefox and WebKit, which Playwright cannot drive: by WebDriver BiDi and by WebDriver."""

import json
import os
import re
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from benchmarks.support.server import free_port

PROGRAMS = {"firefox": ("firefox-esr",), "webkit": ("WebKitWebDriver", "Xvfb")}
WINDOW = (1280, 900)
PATIENCE = 60
# Calls a function with JSON as its arguments and its result, so that both protocols carry nothing but text.
CALL = "(text) => Promise.resolve((%s)(...JSON.parse(text))).then((value) => JSON.stringify(value ?? null))"
UNTIL = """(...values) => new Promise((done) => {
  const look = () => ((%s)(...values) ? done(true) : requestAnimationFrame(look));
  look();
})"""


class Walker(ABC):
    """A browser with one page, as a person uses it: looks, clicks, drags and chooses files."""

    def __init__(self, command: Callable[..., Any]) -> None:
        self.command = command

    @abstractmethod
    def goto(self, url: str) -> None:
        """Load a page."""

    @abstractmethod
    def call(self, function: str, text: str) -> str:
        """What a JavaScript function of one text answers, as text."""

    @abstractmethod
    def act(self, source: dict[str, Any]) -> None:
        """Perform the actions of one input source."""

    @abstractmethod
    def back(self) -> None:
        """Press the browser's Back."""

    @abstractmethod
    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in an input."""

    def evaluate(self, function: str, *values: object) -> Any:
        """What a JavaScript function answers in the page."""
        return json.loads(self.call(CALL % function, json.dumps(values)))

    def until(self, function: str, *values: object) -> None:
        """Wait for a function to be true."""
        try:
            self.evaluate(UNTIL % function, *values)
        except Exception as error:
            error.add_note(f"Waited for {function} of {values}.")
            raise

    def centre(self, selector: str, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        """Where a share of an element lies in the window, after it has been scrolled there."""
        function = """(selector, across, down) => {
          const element = [...document.querySelectorAll(selector)].at(-1);
          element.scrollIntoView({ block: 'center', behavior: 'instant' });
          const { left, top, width, height } = element.getBoundingClientRect();
          return [Math.round(left + width * across), Math.round(top + height * down)];
        }"""
        x, y = self.evaluate(function, selector, across, down)
        return x, y

    def drag(self, *places: tuple[int, int]) -> None:
        """Press at the first place, go by the others, release at the last; a click if there is but one."""
        moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 30} for x, y in places]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        actions = [moves[0], down, *moves[1:], up]
        self.act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions})

    def click(self, selector: str) -> None:
        self.drag(self.centre(selector))

    def press(self, key: str) -> None:
        actions = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self.act({"type": "key", "id": "keyboard", "actions": actions})


class _Firefox(Walker):
    def __init__(self, command: Callable[..., Any]) -> None:
        super().__init__(command)
        self.command("session.new", capabilities={})
        self.context = self.command("browsingContext.getTree")["contexts"][0]["context"]
        width, height = WINDOW
        viewport = {"width": width, "height": height}
        self.command("browsingContext.setViewport", context=self.context, viewport=viewport)

    def goto(self, url: str) -> None:
        self.command("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def call(self, function: str, text: str) -> str:
        answer = self._function(function, {"type": "string", "value": text})
        return str(answer["value"])

    def _function(self, function: str, value: dict[str, str]) -> dict[str, Any]:
        target = {"context": self.context}
        found = self.command(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[value],
            awaitPromise=True,
            target=target,
            userActivation=True,
        )
        if found["type"] != "success":
            raise AssertionError(found["exceptionDetails"]["text"])
        result: dict[str, Any] = found["result"]
        return result

    def act(self, source: dict[str, Any]) -> None:
        self.command("input.performActions", context=self.context, actions=[source])

    def back(self) -> None:
        self.command("browsingContext.traverseHistory", context=self.context, delta=-1)

    def choose_file(self, selector: str, path: Path) -> None:
        found = self._function("(at) => document.querySelector(at)", {"type": "string", "value": selector})
        element = {"sharedId": found["sharedId"]}
        self.command("input.setFiles", context=self.context, element=element, files=[str(path)])


class _WebKit(Walker):
    def __init__(self, command: Callable[..., Any]) -> None:
        super().__init__(command)
        width, height = WINDOW
        self.command("/window/rect", width=width, height=height)
        self.command("/timeouts", script=1000 * PATIENCE, pageLoad=1000 * PATIENCE)

    def goto(self, url: str) -> None:
        self.command("/url", url=url)

    def call(self, function: str, text: str) -> str:
        script = f"""const done = arguments[1];
          ({function})(arguments[0]).then((value) => done([value]), (error) => done([null, String(error)]));"""
        value, *trouble = self.command("/execute/async", script=script, args=[text])
        if trouble:
            raise AssertionError(trouble[0])
        return str(value)

    def act(self, source: dict[str, Any]) -> None:
        self.command("/actions", actions=[source])

    def back(self) -> None:
        self.command("/back")

    def choose_file(self, selector: str, path: Path) -> None:
        (element,) = self.command("/element", using="css selector", value=selector).values()
        self.command(f"/element/{element}/value", text=str(path))


def missing(name: str) -> list[str]:
    """Programs that a browser needs and this machine lacks."""
    return [program for program in PROGRAMS[name] if not shutil.which(program)]


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Walker]:
    """A browser of its own, ``firefox`` or ``webkit``, with its files in ``folder``."""
    with {"firefox": _firefox, "webkit": _webkit}[name](folder) as walker:
        yield walker


@contextmanager
def _firefox(folder: Path) -> Iterator[Walker]:
    options = ("--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", str(free_port()))
    with _running("firefox-esr", *options, stderr=subprocess.PIPE) as process:
        address = _first_match(process.stderr, r"WebDriver BiDi listening on (ws://\S+)")
        with connect(f"{address}/session", max_size=None, proxy=None) as socket:
            yield _Firefox(_Commands(socket))


class _Commands:
    """Commands of WebDriver BiDi, one after the other."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0

    def __call__(self, method: str, **params: object) -> Any:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(PATIENCE))).get("id") != self._count:
            pass  # an event
        if answer["type"] == "error":
            raise AssertionError(f"{method}: {answer['message']}")
        return answer["result"]


@contextmanager
def _webkit(folder: Path) -> Iterator[Walker]:
    port = free_port()
    with _running("Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", stdout=subprocess.PIPE) as screen:
        display = f":{_first_match(screen.stdout, r'([0-9]+)')}"
        variables = {"DISPLAY": display, "XDG_DATA_HOME": str(folder), "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
        with _running("WebKitWebDriver", f"--port={port}", **variables) as _:
            transport = httpx.HTTPTransport(retries=8)  # until the driver listens
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, transport=transport) as http:
                session = _value(http.post("/session", json={"capabilities": {"alwaysMatch": {}}}))["sessionId"]
                yield _WebKit(lambda path, **body: _value(http.post(f"/session/{session}{path}", json=body)))
                http.delete(f"/session/{session}")


def _value(answer: httpx.Response) -> Any:
    value = answer.json()["value"]
    if answer.is_error:
        raise AssertionError(f"{value['error']}: {value['message']}")
    return value


@contextmanager
def _running(
    *command: str, stdout: int | None = subprocess.DEVNULL, stderr: int | None = subprocess.DEVNULL, **variables: str
) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, **variables}
    process = subprocess.Popen(command, stdout=stdout, stderr=stderr, text=True, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def _first_match(lines: Any, pattern: str) -> str:
    for line in lines:
        if match := re.search(pattern, line):
            return match.group(1)
    raise AssertionError(f"The browser ended without a line like {pattern}.")
