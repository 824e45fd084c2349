"""The report's building blocks: text and numbers in, escaped HTML out."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from autoencoder.web.assets import Assets


def section(title: str, body: str, text: str) -> str:
    """A titled section: ``text`` is HTML that says what to see in ``body``."""
    return f"<section><h2>{escape(title)}</h2><p>{text}</p>{body}</section>"


def figure(assets: Assets, name: str, alt: str, caption: str) -> str:
    """A lazily loaded picture with its caption; its size is told, so that nothing moves when it arrives."""
    width, height = assets.size(name)
    return (
        f'<figure><img src="{escape(assets.url(name))}" alt="{escape(alt)}" width="{width}" height="{height}" '
        f'loading="lazy"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str = "",
    ours: Sequence[str] = (),
    escaped: bool = False,
) -> str:
    """A table that scrolls sideways on its own; rows whose first cell starts with one of ``ours`` stand out."""

    def cell(text: str) -> str:
        return text if escaped or "<small>" in text else escape(text)

    lines = []
    for first, *rest in rows:
        mark = ' class="is-ours"' if first.split(",")[0] in ours else ""
        lines.append(f"<tr{mark}><th scope='row'>{cell(first)}</th>{''.join(f'<td>{cell(c)}</td>' for c in rest)}</tr>")
    titles = "".join(f"<th scope='col'>{escape(title)}</th>" for title in head)
    note = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="report-scroll" tabindex="0" role="group" aria-label="{escape(head[0])} table"><table>{note}'
        f"<thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def with_interval(interval: Mapping[str, Any], digits: int) -> str:
    """A mean with half of its 95 % interval."""
    half = (interval["high"] - interval["low"]) / 2
    return f"{interval['mean']:.{digits}f} <small>± {half:.{digits}f}</small>"
