"""A program that calls the app over HTTP, and what every refusal must be like."""

import json
import re
from pathlib import Path

import httpx

TELLTALE = re.compile(r"Traceback|site-packages|/tmp/|/root/|/work/|/home/|\.py\b|0x[0-9a-f]{6,}|Error\(|Exception")
"""What no visitor is to see: traces, paths of the server, names of its classes."""
SENTENCE = re.compile(r"^[A-Z][^\n]{10,300}[.]$")


class Caller:
    """Another program that calls the app over HTTP.

    Args:
        url: of the app.
        log: what the app says.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self.http = httpx.Client(base_url=url, timeout=120)
        self.seen = len(log.read_text())

    def post(self, path: str, body: object) -> tuple[int, str]:
        """Status and text of the answer to a POST; bytes and text go as they are, all else as JSON."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        answer = self.http.post(path, content=content, headers={"Content-Type": "application/json"})
        return answer.status_code, answer.text

    def call(self, endpoint: str, body: object) -> tuple[list | None, str]:
        """Call an endpoint through Gradio's queue: the values that it returns, or None and the complaint."""
        status, text = self.post(f"/gradio_api/call/{endpoint}", body)
        if status != 200:
            assert 400 <= status < 500, text
            return None, self.words(text)
        stream = self.http.get(f"/gradio_api/call/{endpoint}/{json.loads(text)['event_id']}").text
        event, data = re.search(r"event: (complete|error)\ndata: (.*)", stream).groups()
        return (json.loads(data), "") if event == "complete" else (None, self.words(data))

    def upload(self, name: str, content: bytes) -> tuple[dict | None, str]:
        """Upload a file: what names it to an endpoint, or None and the complaint."""
        answer = self.http.post("/gradio_api/upload", files={"files": (name, content)})
        if answer.status_code != 200:
            assert 400 <= answer.status_code < 500, answer.text
            return None, self.words(answer.text)
        return {"path": answer.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}, ""

    def encode(self, name: str, content: bytes) -> tuple[list | None, str]:
        """Upload a picture and ask for its code."""
        file, complaint = self.upload(name, content)
        return self.call("encode", {"data": [file, "denoising"]}) if file else (None, complaint)

    def words(self, text: str) -> str:
        """The sentence in an error's body."""
        try:
            body = json.loads(text)
        except ValueError:
            return text
        return str(body.get("error") or body.get("detail")) if isinstance(body, dict) else text

    def expect_refusal(self, complaint: str) -> None:
        """The complaint is one sentence for people, and the app has logged no trace."""
        assert SENTENCE.match(complaint), complaint
        assert not TELLTALE.search(complaint), complaint
        self.expect_no_trace()

    def expect_no_trace(self) -> None:
        """Nothing telling is in the log since the caller came."""
        said = self.log.read_text()[self.seen :]
        assert not TELLTALE.search(said), said

    def expect_health(self) -> None:
        """The app has logged no trace, and a good request is answered."""
        self.expect_no_trace()
        status, text = self.post("/live/decode-many", {"places": [[0.1, -0.2]], "model": "denoising"})
        assert status == 200
        assert json.loads(text)["images"]
