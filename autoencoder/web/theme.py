"""The page's look: one theme on a grid of 8 pixels, with the system's own fonts and one accent."""

from typing import Final

import gradio as gr

_ACCENT: Final = gr.themes.Color(
    name="garment-blue",
    c50="#eef3fe",
    c100="#dfe8fd",
    c200="#c3d3fb",
    c300="#9bb6f7",
    c400="#7093f0",
    c500="#4473e3",
    c600="#3866d6",
    c700="#2c52b3",
    c800="#26458f",
    c900="#243c74",
    c950="#182648",
)
_GREY: Final = gr.themes.Color(
    name="ink",
    c50="#f8f8f9",
    c100="#f0f1f3",
    c200="#e3e5e9",
    c300="#cdd1d8",
    c400="#a2a9b5",
    c500="#737b89",
    c600="#565e6c",
    c700="#3d444f",
    c800="#282d35",
    c900="#1a1e24",
    c950="#121519",
)
_SANS: Final = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
_MONO: Final = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build() -> gr.themes.Base:
    """The theme, light and dark. No font is fetched."""
    theme = gr.themes.Base(
        primary_hue=_ACCENT,
        secondary_hue=_ACCENT,
        neutral_hue=_GREY,
        spacing_size=gr.themes.sizes.spacing_md,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
        font=_SANS,
        font_mono=_MONO,
    )
    return theme.set(
        **_surfaces(),
        **_controls(),
    )


def _surfaces() -> dict[str, str]:
    return {
        "body_background_fill": "#ffffff",
        "body_background_fill_dark": "*neutral_950",
        "background_fill_primary": "#ffffff",
        "background_fill_primary_dark": "*neutral_950",
        "background_fill_secondary": "*neutral_50",
        "background_fill_secondary_dark": "*neutral_900",
        "body_text_color": "*neutral_900",
        "body_text_color_dark": "*neutral_100",
        "body_text_color_subdued": "*neutral_600",
        "body_text_color_subdued_dark": "*neutral_400",
        "border_color_primary": "*neutral_200",
        "border_color_primary_dark": "*neutral_700",
        "color_accent": "*primary_500",
        "link_text_color": "*primary_700",
        "link_text_color_dark": "*primary_300",
        "block_background_fill": "transparent",
        "block_background_fill_dark": "transparent",
        "block_border_width": "0px",
        "block_border_width_dark": "0px",
        "block_padding": "0px",
        "block_shadow": "none",
        "block_label_background_fill": "transparent",
        "block_label_background_fill_dark": "transparent",
        "block_label_text_color": "*body_text_color_subdued",
        "block_label_text_color_dark": "*body_text_color_subdued",
        "block_title_text_color": "*body_text_color",
        "block_title_text_color_dark": "*body_text_color",
        "block_title_text_size": "13px",
        "block_title_text_weight": "650",
        "block_info_text_size": "13px",
        "form_gap_width": "0px",
        "layout_gap": "16px",
    }


def _controls() -> dict[str, str]:
    return {
        "input_background_fill": "#ffffff",
        "input_background_fill_dark": "*neutral_900",
        "input_border_color": "*neutral_300",
        "input_border_color_dark": "*neutral_600",
        "input_border_width": "1px",
        "input_radius": "*radius_md",
        "checkbox_background_color_selected": "*primary_500",
        "checkbox_background_color_selected_dark": "*primary_500",
        "checkbox_border_color_selected": "*primary_500",
        "checkbox_border_color_selected_dark": "*primary_500",
        "checkbox_label_background_fill": "#ffffff",
        "checkbox_label_background_fill_dark": "*neutral_900",
        "checkbox_label_background_fill_hover": "*neutral_100",
        "checkbox_label_background_fill_hover_dark": "*neutral_800",
        "checkbox_label_background_fill_selected": "*primary_50",
        "checkbox_label_background_fill_selected_dark": "*primary_950",
        "checkbox_label_border_color": "*neutral_300",
        "checkbox_label_border_color_dark": "*neutral_600",
        "checkbox_label_border_color_selected": "*primary_500",
        "checkbox_label_border_color_selected_dark": "*primary_400",
        "checkbox_label_border_width": "1px",
        "checkbox_label_shadow": "none",
        "checkbox_label_padding": "7px 12px",
        "checkbox_label_gap": "8px",
        "slider_color": "*primary_500",
        "slider_color_dark": "*primary_400",
        "button_border_width": "1px",
        "button_secondary_background_fill": "#ffffff",
        "button_secondary_background_fill_dark": "*neutral_900",
        "button_secondary_border_color": "*neutral_300",
        "button_secondary_border_color_dark": "*neutral_600",
    }
