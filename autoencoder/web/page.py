"""The page: header, four tabs, footer, and how it is mounted.

Gradio makes the frame: theme, tabs and API. What it holds is the same for every set of models; the page's own scripts
fill it from ``live/config`` and ``live/report``.
"""

from typing import Any, Final

import gradio as gr

from autoencoder.web import assets, page_config, page_files, theme
from autoencoder.web.api import endpoints
from autoencoder.web.api.calls import Endpoint
from autoencoder.web.api.pictures import Pictures
from autoencoder.web.models import ModelRegistry

TITLE: Final = "A garment in two numbers"
TABS: Final = {"denoise": "Denoise", "latent": "Latent space", "learn": "Learn", "report": "Report"}
STYLES: Final = {"latent": ("latent", "latent_on_demand"), "learn": ("learn",), "report": ("report",)}
_START: Final = """import(new URL("%s", document.baseURI)).then((part) => part.start(element)).catch((error) => {
  console.error(error);
  element.insertAdjacentHTML("afterbegin", '<p role="alert">This part could not be loaded. Load the page again.</p>');
});"""
# A link that names no tab may have opened one all the same, as the tour's do.
_PICK_TAB: Final = """() => {
  const tab = new URLSearchParams(location.search).get("tab");
  return { ...(%s.includes(tab) && { selected: tab }), __type__: "update" };
}"""


def build(registry: ModelRegistry, pictures: Pictures) -> tuple[gr.Blocks, list[Endpoint]]:
    """Lay the page out.

    Args:
        registry: holds the models that the public endpoints ask.
        pictures: holds those of the endpoints' callers.

    Returns:
        The page, and the public endpoints that it describes.
    """
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with page:
        _own("header")
        with gr.Tabs(elem_id="tabs") as tabs:
            for name, title in TABS.items():
                with gr.Tab(title, id=name, elem_id=f"tab-{name}"):
                    _own(name)
        _own("footer")
        public = endpoints.build(lambda: registry.now.engine, pictures)
        page.load(fn=None, js=_PICK_TAB % list(TABS), outputs=tabs, api_visibility="private")
    page.queue(max_size=1, api_open=False)
    return page, public


def mount_options() -> dict[str, Any]:
    """Arguments of ``gr.mount_gradio_app``: the look, and everything off that can be."""
    return {
        "theme": theme.build(),
        "footer_links": ["api"],
        "mcp_server": False,
        "app_kwargs": {"docs_url": None, "redoc_url": None, "openapi_url": None},
        "show_error": False,
        "allowed_paths": [],
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
    }


def _own(name: str) -> None:
    """Add a part of the page: its template, its style, and the script that fills it."""
    gr.HTML(
        page_files.render(f"{name}.html", limits=page_config.LIMITS, kinds=page_config.NOISE_KINDS),
        css_template="".join(page_files.static(f"css/{each}.css") for each in STYLES.get(name, ())),
        js_on_load=_START % assets.script_urls()[f"js/{name}/main.js"],
        apply_default_css=False,
        elem_id=f"page-{name}",
    )
