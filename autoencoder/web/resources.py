"""The page's own files: HTML templates, scripts and styles."""

from functools import cache
from pathlib import Path
from typing import Final

import jinja2

_ROOT: Final = Path(__file__).parent


def render(name: str, **values: object) -> str:
    """The HTML that the jinja2 template ``templates/<name>`` makes of ``values``; text in them is escaped."""
    return _templates().get_template(name).render(values)


def literal(html: str) -> str:
    """HTML for ``gr.HTML``, which takes it for a template: no mark in it is read as code."""
    return html.translate({ord(mark): f"&#{ord(mark)};" for mark in "${}`\\"})


def static(name: str) -> str:
    """A script or style of ``static/<name>``."""
    return (_ROOT / "static" / name).read_text(encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(_ROOT / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
