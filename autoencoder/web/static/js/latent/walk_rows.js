// @ts-check
/* The two rows of a walk: pictures side by side, each row with a label, on the page and as one picture to keep. */
import { make } from "../lib/dom.js";
import { drawRows } from "../lib/picture_rows.js";
import { PIXELS, SIDE, contextOf } from "../lib/pixels.js";

const SCALE = 4; // pixels of the picture to keep, a pixel
const LABEL = 40; // of its pixels, above each row

export class WalkRows {
  /**
   * @param {HTMLElement} root holds the rows
   * @param {number} frames
   */
  constructor(root, frames) {
    this.root = root;
    this.frames = frames;
    root.style.setProperty("--frames", String(frames));
    this.rows = [...root.querySelectorAll("figure")].map((figure) => ({
      label: figure.querySelector("figcaption")?.textContent?.trim() ?? "",
      canvas: /** @type {HTMLCanvasElement} */ (figure.querySelector("canvas")),
    }));
  }

  /** @param {Uint8Array[]} rows of 784 grey levels a picture */
  draw(rows) {
    rows.forEach((images, row) => drawRows(this.rows[row].canvas, [images]));
  }

  /** Both rows below one another with their labels. */
  picture() {
    const step = LABEL + SCALE * SIDE;
    const canvas = make("canvas", { width: SCALE * SIDE * this.frames, height: step * this.rows.length });
    const context = contextOf(canvas);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#000";
    context.font = "24px sans-serif";
    context.imageSmoothingEnabled = false;
    this.rows.forEach(({ label, canvas: pictures }, row) => {
      context.fillText(label, 8, row * step + LABEL - 12);
      context.drawImage(pictures, 0, row * step + LABEL, canvas.width, SCALE * SIDE);
    });
    return canvas;
  }
}

/**
 * Mixtures of pairs of pictures, pixel by pixel: double exposures.
 * @param {Uint8Array} pairs 784 grey levels each, the two of a pair one after the other
 * @param {readonly number[]} shares of each pair's second picture
 */
export function crossFade(pairs, shares) {
  const mixtures = new Uint8Array(shares.length * PIXELS);
  return mixtures.map((_, i) => {
    const first = i + Math.floor(i / PIXELS) * PIXELS;
    return Math.round(pairs[first] + shares[Math.floor(i / PIXELS)] * (pairs[first + PIXELS] - pairs[first]));
  });
}
