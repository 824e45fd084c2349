"""The page: header, three tabs, footer; what its head holds and how it is launched."""

from pathlib import Path
from typing import Any, Final

import gradio as gr
from starlette.middleware import Middleware

from autoencoder.inference import Studio
from autoencoder.ui import api, denoise, latent, latent_routes, live, report, settings, theme, upload_route
from autoencoder.ui.assets import Assets
from autoencoder.ui.compression import PageGZip

TITLE: Final = "A garment in two numbers"
_HERE: Final = Path(__file__).parent
_PICK_TAB: Final = """() => {
  const tab = studio.query.get("tab");
  return { selected: ["denoise", "latent", "report"].includes(tab) ? tab : "denoise", __type__: "update" };
}"""


def build(studio: Studio, assets: Assets, root: Path) -> gr.Blocks:
    """Lay the page out.

    Args:
        studio: the loaded models.
        assets: what the page fetches besides itself.
        root: the weights folder, for the samples and the shared numbers.
    """
    page = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(60, 600))
    with page:
        _static("header.html")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab("Denoise", id="denoise", elem_id="tab-denoise"):
                denoise.build(studio)
            with gr.Tab("Latent space", id="latent", elem_id="tab-latent"):
                latent.build(studio)
            with gr.Tab("Report", id="report", elem_id="tab-report"):
                report.build(studio, assets, root)
        _static("footer.html")
        api.build(studio)
        page.load(fn=None, js=_PICK_TAB, outputs=tabs, api_visibility="private")
    page.queue(max_size=32, default_concurrency_limit=2, api_open=False)
    return page


def launch_options(studio: Studio, assets: Assets, root: Path) -> dict[str, Any]:
    """Arguments of ``launch``: the look, the head, the page's own routes, and every door closed that can be."""
    return {
        "theme": theme.build(),
        "head": _head(studio, assets, root),
        "footer_links": [],
        "app_kwargs": {
            "middleware": [Middleware(PageGZip)],
            "routes": [*live.routes(studio, assets), *latent_routes.routes(studio), *upload_route.routes()],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
        "show_error": False,
        "max_file_size": "8mb",
        "allowed_paths": [],
        "enable_monitoring": False,
        "run_history": False,
        "ssr_mode": False,
        "pwa": False,
        "state_session_capacity": 200,
        "max_threads": 16,
    }


def _head(studio: Studio, assets: Assets, root: Path) -> str:
    # Styles stand in the head, not in launch(css=), so that the first paint has them.
    styles = "".join(_read(name) for name in ("page.css", "denoise.css", "denoise_stage.css"))
    return f"{settings.script(studio, assets, root)}<script>{_read('store.js')}</script><style>{styles}</style>"


def _static(name: str) -> None:
    gr.HTML(_read(name), apply_default_css=False, js_on_load=None)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
