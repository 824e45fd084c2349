"""Headers that bind the browser; the server puts them on every answer."""

import re
from typing import Final

EMBED_VARIABLE: Final = "AUTOENCODER_EMBED_HOSTS"
FRAMES: Final = ("'self'", "https://huggingface.co", "https://*.huggingface.co", "https://*.hf.space")
"""Who may show the page in a frame: a Space stands in one of huggingface.co."""
POLICY: Final = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio makes functions of its components' scripts
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)
"""The page asks no other machine for anything, and the browser sees to it."""
SANDBOX: Final = {"Content-Security-Policy": "default-src 'none'; sandbox"}
"""Besides, for a picture that was made for a program."""
_HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_HOST: Final = re.compile(r"(https?://)?(\*\.)?[a-z0-9.-]{1,253}(:\d{1,5})?")


def headers(embedders: str = "") -> list[tuple[str, str]]:
    """All of them.

    Args:
        embedders: what ``AUTOENCODER_EMBED_HOSTS`` holds: hosts whose pages may show this one in a frame, besides
            Hugging Face, as ``moodle.example.org, https://*.example.edu``.

    Raises:
        ValueError: a sentence, if one of them is no host.
    """
    names = [name.strip().lower() for name in embedders.split(",") if name.strip()]
    for name in names:
        if not _HOST.fullmatch(name):
            raise ValueError(f"{EMBED_VARIABLE} must be names of hosts with commas between them, not {name[:80]!r}.")
    policy = "; ".join((*POLICY, " ".join(("frame-ancestors", *FRAMES, *names))))
    return [*_HEADERS, ("Content-Security-Policy", policy)]
