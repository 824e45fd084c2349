"""The page's own files: HTML templates, scripts and styles."""

from functools import cache
from pathlib import Path
from typing import Final

import jinja2

_ROOT: Final = Path(__file__).parent


def render(name: str, **values: object) -> str:
    """The HTML that the jinja2 template ``templates/<name>`` makes of ``values``; text in them is escaped."""
    return _templates().get_template(name).render(values)


def static(name: str) -> str:
    """A script or style of ``static/<name>``."""
    return (_ROOT / "static" / name).read_text(encoding="utf-8")


def files(folder: str) -> dict[str, bytes]:
    """All scripts below ``static/<folder>``, by their paths below ``static``, in the order of these."""
    root = _ROOT / "static"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted((root / folder).rglob("*.js"))}


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(_ROOT / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
