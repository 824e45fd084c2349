"""The page: header, three tabs, footer; what its head holds and how it is launched.

Gradio makes the frame: theme, tabs and API. What it holds is the same for every set of models; the page's own scripts
fill it from ``live/config`` and ``live/report``.
"""

from typing import Any, Final

import gradio as gr
from markupsafe import Markup
from starlette.middleware import Middleware

from autoencoder.data.picture import MAX_BYTES
from autoencoder.web import assets, page_config, resources, theme
from autoencoder.web.api import endpoints, errors, express
from autoencoder.web.compression import PageGZip
from autoencoder.web.models import ModelRegistry
from autoencoder.web.routes import live, page_content, path_gif, upload
from autoencoder.web.security import gate
from autoencoder.web.security.allow_list import MCP_DOORS
from autoencoder.web.security.concurrency import Crowd
from autoencoder.web.temporary_files import Janitor

TITLE: Final = "A garment in two numbers"
_TABS: Final = {"denoise": "Denoise", "latent": "Latent space", "report": "Report"}
_START: Final = 'import(new URL("%s", document.baseURI)).then((part) => part.start(element));'
_PICK_TAB: Final = """() => {
  const tab = new URLSearchParams(location.search).get("tab");
  return { selected: %s.includes(tab) ? tab : "denoise", __type__: "update" };
}"""


def build(registry: ModelRegistry) -> gr.Blocks:
    """Lay the page out; ``registry`` holds the models that its endpoints ask."""
    page = errors.Page(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        _own("header")
        with gr.Tabs(elem_id="tabs") as tabs:
            for name, title in _TABS.items():
                with gr.Tab(title, id=name, elem_id=f"tab-{name}"):
                    _own(name)
        _own("footer")
        lanes = endpoints.build(lambda: registry.now.studio)
        page.load(fn=None, js=_PICK_TAB % list(_TABS), outputs=tabs, api_visibility="private")
    page.queue(max_size=express.QUEUED, default_concurrency_limit=2, api_open=False)
    express.install(page, lanes)
    return page


def launch_options(
    page: gr.Blocks, registry: ModelRegistry, host: str, crowd: Crowd, keeper: Janitor, mcp: bool = False
) -> dict[str, Any]:
    """Arguments of ``launch``: the look, the head, the page's own routes, and every door closed that can be."""
    return {
        "theme": theme.build(),
        "head": _head(),
        "footer_links": ["api"],
        "mcp_server": mcp,
        "app_kwargs": {
            "lifespan": gate.lifespan(page, host, crowd, keeper, MCP_DOORS if mcp else ()),
            "middleware": [Middleware(PageGZip)],
            "routes": [
                *live.routes(registry),
                *page_content.routes(registry),
                *path_gif.routes(registry),
                *upload.routes(),
            ],
            "exception_handlers": errors.handlers(),
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
        "show_error": False,
        "max_file_size": MAX_BYTES,
        "allowed_paths": [],
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "num_workers": 0,  # GRADIO_NUM_WORKERS must not start any: they take uploads past the gate and outlive the app
        "pwa": False,
        "state_session_capacity": 200,
        "max_threads": 16,
    }


def _head() -> str:
    # Styles stand in the head, not in launch(css=), so that the first paint has them.
    styles = "".join(resources.static(f"css/{name}.css") for name in ("page", "denoise", "denoise_stage"))
    urls = assets.script_urls()
    early = [url for name, url in urls.items() if name.startswith(("js/lib/", "js/denoise/"))]
    return resources.render("head.html", scripts=early, main=urls["js/lib/studio.js"], styles=Markup(styles))


def _own(name: str) -> None:
    """Add a part of the page: its template, its style, and the script that fills it."""
    gr.HTML(
        resources.render(f"{name}.html", limits=page_config.LIMITS, kinds=page_config.NOISE_KINDS),
        css_template=resources.static(f"css/{name}.css") if name in ("latent", "report") else "",
        js_on_load=_START % assets.script_urls()[f"js/{name}/main.js"],
        apply_default_css=False,
        elem_id=f"page-{name}",
    )
