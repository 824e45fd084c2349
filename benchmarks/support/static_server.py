"""The edition without a server on a local web server, as GitHub Pages would serve it."""

import gzip
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from benchmarks.support.server import ROOT
from deploy import static_site

SUB_PATH: Final = "some/path"
_TEXT: Final = (".html", ".js", ".css", "config", "report")
"""Ends of the files that are sent compressed."""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content, is_text = path.read_bytes(), path.name.endswith(_TEXT)
        content = gzip.compress(content, 6) if is_text else content
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        if is_text:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def static_server(weights: Path = ROOT / "weights") -> Iterator[str]:
    """Address of the page's folder, below a path, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        static_site.build(Path(folder, SUB_PATH), weights)
        handler = type("Handler", (_Handler,), {"__init__": _in(folder)})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/{SUB_PATH}/"
            server.shutdown()


def _in(folder: str) -> Any:
    def start(self: _Handler, *arguments: Any) -> None:
        SimpleHTTPRequestHandler.__init__(self, *arguments, directory=folder)

    return start
