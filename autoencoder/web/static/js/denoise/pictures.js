// @ts-check
/* The four pictures, painted from the strip at the level of now. */
import { find, make } from "../lib/dom.js";
import { download } from "../lib/download.js";
import { PIXELS, drawGrey, drawPixels } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";

const SCALE_STOPS = 18;

export class Pictures {
  /** @param {HTMLElement} root */
  constructor(root) {
    const [original, noisy, denoised, error] = ["original", "noisy", "denoised", "error-map"].map((id) => {
      const figure = find(root, `#${id}`, HTMLElement);
      const canvas = find(figure, "canvas", HTMLCanvasElement);
      addSaveButton(figure, canvas, id);
      return canvas;
    });
    this.canvases = { original, noisy, denoised, error };
    paintScale(find(root, ".scale i", HTMLElement));
  }

  /** Show only what is known without a model. @param {Uint8Array} image */
  clear(image) {
    const { original, ...others } = this.canvases;
    drawGrey(original, image);
    for (const canvas of Object.values(others)) drawPixels(canvas, () => [0, 0, 0]);
  }

  /**
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  paint({ image, noisy, reconstruction }, row) {
    const offset = row * PIXELS;
    drawGrey(this.canvases.original, image);
    drawGrey(this.canvases.noisy, noisy, offset);
    this.paintDrawing(image, reconstruction, offset);
  }

  /**
   * What the decoder draws, and how far that is from the original.
   * @param {Uint8Array} image
   * @param {Uint8Array} drawing
   * @param {number} [offset]
   */
  paintDrawing(image, drawing, offset = 0) {
    drawGrey(this.canvases.denoised, drawing, offset);
    drawPixels(this.canvases.error, (i) => studio.hot[Math.abs(image[i] - drawing[offset + i])]);
  }
}

/**
 * @param {HTMLElement} figure
 * @param {HTMLCanvasElement} canvas
 * @param {string} id
 */
function addSaveButton(figure, canvas, id) {
  const caption = find(figure, "figcaption", HTMLElement);
  const title = `Save as PNG: ${find(caption, "span", HTMLElement).textContent}`;
  const save = () => {
    const { model, noise, level } = { ...studio.state, ...studio.state.strip }; // what is shown, while another is awaited
    const parts = id === "original" ? [id] : [id, model, noise, level.toFixed(2)];
    download(`${parts.join("-")}.png`, canvas, 16);
  };
  caption.append(
    make("button", { type: "button", className: "save", textContent: "PNG", title, ariaLabel: title, onclick: save }),
  );
}

/** @param {HTMLElement} bar */
function paintScale(bar) {
  const last = studio.hot.length - 1;
  const stops = Array.from({ length: SCALE_STOPS }, (_, i) => studio.hot[Math.round((i * last) / (SCALE_STOPS - 1))]);
  bar.style.background = `linear-gradient(90deg, ${stops.map((rgb) => `rgb(${rgb})`).join(", ")})`;
}
