"""The page: header, three tabs, footer; what its head holds and how it is launched."""

from typing import Any, Final

import gradio as gr
from starlette.middleware import Middleware

from autoencoder.data.picture_file import MAX_BYTES
from autoencoder.web import resources, theme
from autoencoder.web.api import endpoints, errors, express
from autoencoder.web.compression import PageGZip
from autoencoder.web.models import ModelRegistry, ModelSet
from autoencoder.web.routes import live, path_gif, upload
from autoencoder.web.security import gate
from autoencoder.web.security.allow_list import MCP_DOORS
from autoencoder.web.security.concurrency import Crowd
from autoencoder.web.tabs import denoise, latent, report
from autoencoder.web.temporary_files import Janitor

TITLE: Final = "A garment in two numbers"
_HEADER: Final = "page-header"
_FOOTER: Final = "page-footer"
_PICK_TAB: Final = """() => {
  const tab = studio.query.get("tab");
  return { selected: ["denoise", "latent", "report"].includes(tab) ? tab : "denoise", __type__: "update" };
}"""


def build(showcase: ModelRegistry) -> gr.Blocks:
    """Lay the page out.

    Args:
        showcase: holds the models; :func:`refresh` brings a page after it.
    """
    page = errors.Page(title=TITLE, analytics_enabled=False, fill_width=True)
    studio = showcase.now.studio
    with page:
        _static("", elem_id=_HEADER)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Denoise", id="denoise", elem_id="tab-denoise"):
                denoise.build(studio)
            with gr.Tab("Latent space", id="latent", elem_id="tab-latent"):
                latent.build(studio)
            with gr.Tab("Report", id="report", elem_id="tab-report"):
                report.build("")
        _static("", elem_id=_FOOTER)
        lanes = endpoints.build(lambda: showcase.now.studio)
        page.load(fn=None, js=_PICK_TAB, outputs=tabs, api_visibility="private")
    refresh(page, showcase.now)
    page.queue(max_size=express.QUEUED, default_concurrency_limit=2, api_open=False)
    express.install(page, lanes)
    return page


def refresh(page: gr.Blocks, exhibit: ModelSet) -> None:
    """Let a page, also one that is being served, show another exhibit to whoever loads it from now on."""
    contents = {
        _HEADER: resources.render("header.html") + exhibit.notice(),
        _FOOTER: resources.render("footer.html").replace("<!-- weights -->", exhibit.colophon()),
        "report": exhibit.report,
    }
    names = list(exhibit.studio.names)
    for block in page.blocks.values():
        name = getattr(block, "elem_id", None)
        if isinstance(block, gr.HTML) and name in contents:
            block.html_template = contents[name]
        elif isinstance(block, gr.Radio | gr.Dropdown) and name in ("model", endpoints.MODEL_CHOICE):
            block.choices, block.value = [(each, each) for each in names], names[0]
    page.head = _head(exhibit)  # type: ignore[assignment]  # annotated by its first value, None
    page.config = page.get_config_file()  # one assignment: a page is of one exhibit, never of two
    page.app.page_api_info.clear()
    page.app.api_info = page.app.all_app_info = None


def launch_options(
    page: gr.Blocks, showcase: ModelRegistry, host: str, crowd: Crowd, keeper: Janitor, mcp: bool = False
) -> dict[str, Any]:
    """Arguments of ``launch``: the look, the head, the page's own routes, and every door closed that can be."""
    return {
        "theme": theme.build(),
        "head": _head(showcase.now),
        "footer_links": ["api"],
        "mcp_server": mcp,
        "app_kwargs": {
            "lifespan": gate.lifespan(page, host, crowd, keeper, MCP_DOORS if mcp else ()),
            "middleware": [Middleware(PageGZip)],
            "routes": [*live.routes(showcase), *path_gif.routes(showcase), *upload.routes()],
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


def _head(exhibit: ModelSet) -> str:
    # Styles stand in the head, not in launch(css=), so that the first paint has them.
    styles = "".join(resources.static(f"css/{name}.css") for name in ("page", "denoise", "denoise_stage"))
    return f"{exhibit.settings}<script>{resources.static('js/lib/store.js')}</script><style>{styles}</style>"


def _static(html: str, elem_id: str) -> None:
    gr.HTML(html, html_template="", apply_default_css=False, js_on_load=None, elem_id=elem_id)
