"""The "Latent space" tab: the plane of codes, explored by hovering, clicking and walking."""

from typing import Final

from autoencoder.inference.engine import Engine
from autoencoder.web import resources

_SCRIPTS: Final = (
    "plane",
    "plot",
    "layers",
    "hover",
    "filter",
    "neighbours",
    "decode",
    "path",
    "trail",
    "compare",
    "main",
)
"""In the order they run, as one function that sees the component's ``element``."""


def build(studio: Engine) -> None:
    """Add the explorer to the open ``gr.Tab``.

    Everything it shows comes from the page's static assets and the ``live/`` routes, so it is no
    Gradio input or output: nothing re-renders it, and zoom and place survive whatever else happens.

    Args:
        studio: the models. Unused: the page's ``window.studio`` already names them to the script.
    """
    import gradio as gr

    gr.HTML(
        html_template=resources.render("latent.html"),
        css_template=resources.static("css/latent.css"),
        js_on_load="\n".join(resources.static(f"js/latent/{name}.js") for name in _SCRIPTS),
        apply_default_css=False,
        elem_id="latent-explorer",
    )
