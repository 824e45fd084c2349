"""The "Denoise" tab: a picture, noise on it, and what comes back through the bottleneck."""

from typing import Final

import gradio as gr

from autoencoder.inference.engine import LEVELS, MAX_LEVEL, MAX_SEED, Engine
from autoencoder.noise import KINDS
from autoencoder.web import resources
from autoencoder.web.page_config import KIND_NAMES

REFERENCE_LEVEL: Final = 0.25
_SCRIPTS: Final = (
    "strips",
    "controls",
    "play",
    "samples",
    "brush",
    "draw",
    "upload",
    "source",
    "pictures",
    "plane",
    "metrics",
    "compare",
    "link",
    "main",
)
"""In the order they run, as one function."""


def build(studio: Engine) -> None:
    """Add the tab's content to the open ``gr.Tab``.

    Nothing here sends a Gradio event: the page fetches all levels of a picture at once and scrubs
    them itself, and an upload is one request too, so that any of several processes may answer it.

    Args:
        studio: the models to choose from.
    """
    with gr.Column(elem_id="denoise"):
        _html("samples", elem_id="denoise-samples")
        with gr.Column(elem_id="denoise-stage"):
            _controls(studio)
            # The scripts come with the last part that they need; they wait for the others themselves.
            _html("stage", scripts=_SCRIPTS)
        with gr.Column(elem_id="denoise-own"):
            _html("own", elem_id="denoise-own-head")
            _html("upload", elem_id="upload")
            _html("draw", elem_id="denoise-draw")


def _controls(studio: Engine) -> None:
    with gr.Row(elem_id="denoise-choices"):
        gr.Radio(
            [(KIND_NAMES.get(kind, kind), kind) for kind in KINDS],
            value=KINDS[0],
            label="Kind of noise",
            elem_id="noise-kind",
            elem_classes="segmented",
            interactive=True,
        )
        gr.Radio(
            list(studio.names),
            value=studio.names[0],
            label="Model",
            elem_id="model",
            elem_classes="segmented",
            interactive=True,
        )
        gr.Number(
            7,
            label="Noise seed",
            minimum=0,
            maximum=MAX_SEED,
            precision=0,
            elem_id="noise-seed",
            interactive=True,
        )
        _html("actions", elem_id="denoise-actions")
    with gr.Row(elem_id="denoise-level"):
        _html("play", elem_id="denoise-play")
        gr.Slider(
            0,
            MAX_LEVEL,
            value=REFERENCE_LEVEL,
            step=LEVELS[1],
            label="Noise level",
            buttons=[],
            elem_id="noise-level",
            interactive=True,
        )


def _html(name: str, scripts: tuple[str, ...] = (), elem_id: str | None = None) -> None:
    gr.HTML(
        resources.render(f"denoise/{name}.html"),
        js_on_load="\n".join(resources.static(f"js/denoise/{script}.js") for script in scripts) or None,
        apply_default_css=False,
        elem_id=elem_id,
    )
