"""Requests as they stand on the wire, for what proper clients would mend before sending."""

import http.client
import json
import uuid
from urllib.parse import urlsplit

from PIL import Image

LIMIT = 60


def ask(url, method, path, headers=None, body=None, **options):
    """Status, headers and body of the answer to a request whose path is sent as it is."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=LIMIT)
    try:
        connection.request(method, path, body, headers or {}, **options)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def post(url, path, message, headers=None):
    """The same for a JSON message, or bytes in its place."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return ask(url, "POST", path, {"Content-Type": "application/json", **(headers or {})}, body)


def multipart(parts):
    """Body and content type of an upload; ``parts`` are (field, file name or None, content)."""
    boundary = uuid.uuid4().hex
    body = b""
    for field, name, content in parts:
        file = f'; filename="{name}"' if name is not None else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{file}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def upload(url, content, name="picture.png"):
    """Path on the server of an uploaded file."""
    body, kind = multipart([("files", name, content)])
    status, _, answer = ask(url, "POST", "/gradio_api/upload", {"Content-Type": kind}, body)
    assert status == 200, answer
    return json.loads(answer)[0]


def png(path, grey=200):
    """The bytes of a small picture."""
    Image.new("L", (28, 28), grey).save(path)
    return path.read_bytes()


def run(url, name, data):
    """Start an endpoint by its name and read the answer: the event's name and its data as text."""
    status, _, answer = post(url, f"/gradio_api/call/{name}", {"data": data})
    if status != 200:
        return str(status), answer.decode()
    event = json.loads(answer)["event_id"]
    _, _, said = ask(url, "GET", f"/gradio_api/call/{name}/{event}")
    last = said.decode().strip().split("\n\n")[-1]
    kind, _, text = last.partition("\n")
    return kind.removeprefix("event: "), text.removeprefix("data: ")


def is_refusal(body):
    """Whether a body is one sentence in JSON that gives nothing away."""
    message = json.loads(body)
    sentence = message["error"]
    secrets = ("Traceback", "Error", "site-packages", "/tmp", "root:", "pydantic", "loc")
    text = body if isinstance(body, str) else body.decode()
    return sentence.endswith(".") and len(sentence) < 200 and not any(secret in text for secret in secrets)
