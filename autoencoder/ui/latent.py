"""The "Latent space" tab: the plane of codes, explored by hovering, clicking and walking."""

from pathlib import Path
from typing import Final

from autoencoder.inference import Studio

_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = (
    "latent_plane.js",
    "latent_plot.js",
    "latent_layers.js",
    "latent_hover.js",
    "latent_filter.js",
    "latent_neighbours.js",
    "latent_decode.js",
    "latent_path.js",
    "latent_trail.js",
    "latent_compare.js",
    "latent_main.js",
)
"""In the order they run, as one function that sees the component's ``element``."""


def build(studio: Studio) -> None:
    """Add the explorer to the open ``gr.Tab``.

    Everything it shows comes from the page's static assets and the ``live/`` routes, so it is no
    Gradio input or output: nothing re-renders it, and zoom and place survive whatever else happens.

    Args:
        studio: the models. Unused: the page's ``window.studio`` already names them to the script.
    """
    import gradio as gr

    gr.HTML(
        html_template=_read("latent.html"),
        css_template=_read("latent.css"),
        js_on_load="\n".join(_read(name) for name in _SCRIPTS),
        apply_default_css=False,
        elem_id="latent-explorer",
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
