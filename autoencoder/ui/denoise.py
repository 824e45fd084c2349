"""The "Denoise" tab: a picture, noise on it, and what comes back through the bottleneck."""

from pathlib import Path
from typing import Final

import gradio as gr

from autoencoder.inference import LEVELS, MAX_LEVEL, MAX_SEED, Studio
from autoencoder.noise import KINDS
from autoencoder.ui.settings import KIND_NAMES

REFERENCE_LEVEL: Final = 0.25
_HERE: Final = Path(__file__).parent
_SCRIPTS: Final = (
    "denoise_strips.js",
    "denoise_controls.js",
    "denoise_play.js",
    "denoise_samples.js",
    "denoise_brush.js",
    "denoise_draw.js",
    "denoise_upload.js",
    "denoise_source.js",
    "denoise_pictures.js",
    "denoise_plane.js",
    "denoise_metrics.js",
    "denoise_compare.js",
    "denoise_link.js",
    "denoise_main.js",
)
"""In the order they run, as one function."""


def build(studio: Studio) -> None:
    """Add the tab's content to the open ``gr.Tab``.

    Nothing here sends a Gradio event: the page fetches all levels of a picture at once and scrubs
    them itself, and an upload is one request too, so that any of several processes may answer it.

    Args:
        studio: the models to choose from.
    """
    with gr.Column(elem_id="denoise"):
        _html("denoise_samples.html", elem_id="denoise-samples")
        with gr.Column(elem_id="denoise-stage"):
            _controls(studio)
            # The scripts come with the last part that they need; they wait for the others themselves.
            _html("denoise_stage.html", scripts=_SCRIPTS)
        with gr.Column(elem_id="denoise-own"):
            _html("denoise_own.html", elem_id="denoise-own-head")
            _html("denoise_upload.html", elem_id="upload")
            _html("denoise_draw.html", elem_id="denoise-draw")


def _controls(studio: Studio) -> None:
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
        _html("denoise_actions.html", elem_id="denoise-actions")
    with gr.Row(elem_id="denoise-level"):
        _html("denoise_play.html", elem_id="denoise-play")
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
        _read(name),
        js_on_load="\n".join(_read(script) for script in scripts) or None,
        apply_default_css=False,
        elem_id=elem_id,
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
