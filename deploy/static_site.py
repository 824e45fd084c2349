"""The page as files for any web server: ``make static``, or ``python -m deploy.static_site --output build/static``.

The same templates, styles and scripts as the app's; the models are computed by the visitor's browser. Only the frame,
which Gradio makes for the app, is of its own: ``deploy/static/``.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import jinja2
from anyio.from_thread import start_blocking_portal
from markupsafe import Markup

from autoencoder.web import assets, early_html, models, page, page_config, page_files
from autoencoder.web.models import ModelRegistry, ModelSet
from autoencoder.web.server import Service
from autoencoder.weights.checkpoint import CheckpointError

ROOT: Final = Path(__file__).resolve().parent.parent
FRAME: Final = Path(__file__).with_name("static")
POLICY: Final = (
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self' data: blob:",
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'none'",
)
"""The page asks no other machine for anything, and the browser sees to it."""
_FIRST_SCRIPTS: Final = (*early_html.FIRST_SCRIPTS, "js/lib/engine/browser.js", "js/lib/engine/worker.js")


def build(target: Path, weights: Path) -> list[Path]:
    """Write the site into a folder; returns its files, relative to the folder, in order.

    Raises:
        CheckpointError: if a model or a picture that the page cannot do without is missing or damaged.
    """
    known = models.load(weights)
    for name, content in _files(known).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())


def _files(known: ModelSet) -> dict[str, bytes]:
    """Contents by their paths below the site's folder."""
    urls, scripts = known.assets.urls(), page_files.files("js") | page_files.files("vendor")
    files = {url: known.assets.content(name) for name, url in urls.items()}
    files |= {url: scripts[name] for name, url in assets.script_urls().items()}
    files |= {"live/config": known.config, "live/report": known.report}
    frame = (FRAME / "frame.js").read_bytes()
    styles = (_theme(known) + (FRAME / "frame.css").read_text(encoding="utf-8") + _own_styles()).encode()
    own = {"frame.js": frame, "style.css": styles}
    version = assets.common_version(own)
    files |= {f"assets/{version}/{name}": content for name, content in own.items()}
    files["index.html"] = _index(known, {name: f"assets/{version}/{name}" for name in own}).encode()
    return files


def _index(known: ModelSet, own: Mapping[str, str]) -> str:
    scripts, first = assets.script_urls(), known.engine.names[0]
    early = assets.urls_with_imports(*_FIRST_SCRIPTS)
    names = ("header", *page.TABS, "footer")
    values: dict[str, Any] = {"limits": page_config.LIMITS, "kinds": page_config.NOISE_KINDS}
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (FRAME / "index.html").read_text(encoding="utf-8")
    )
    return template.render(
        title=page.TITLE,
        policy="; ".join(POLICY),
        tabs=page.TABS,
        parts={name: Markup(page_files.render(f"{name}.html", **values)) for name in names},
        scripts={name: scripts[f"js/{name}/main.js"] for name in names},
        early=early,
        later=[url for url in scripts.values() if url not in early],
        studio=scripts["js/lib/studio.js"],
        weights=known.assets.urls().get(f"{first}/{assets.WEIGHTS_FILE}", ""),
        frame=own["frame.js"],
        styles=own["style.css"],
    )


def _own_styles() -> str:
    whole = "".join(page_files.static(f"css/{name}.css") for name in early_html.STYLES)
    parts = [name for names in page.STYLES.values() for name in names]
    # Written as if nested in the part, as Gradio does it with those of its components.
    return whole + "".join(f".tabitem {{\n{page_files.static(f'css/{name}.css')}}}\n" for name in parts)


def _theme(known: ModelSet) -> str:
    """The app's colours, as the app serves them."""

    async def fetch() -> str:
        app = Service(ModelRegistry(known), "127.0.0.1").app
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return (await client.get("/theme.css")).raise_for_status().text

    # Built where no event loop runs, Gradio makes some and leaves them open.
    with start_blocking_portal() as portal:
        return portal.call(fetch)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "static", help="folder (default: %(default)s)")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights", help="models (default: %(default)s)")
    options = parser.parse_args(argv)
    try:
        written = build(options.output, options.weights)
    except (CheckpointError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    size = sum((options.output / path).stat().st_size for path in written) / 1e6
    print(f"{len(written)} files, {size:.1f} MB. Look at them: python -m http.server -d {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
