// @ts-check
/* The two rows of a walk: pictures side by side, each row with a label, on the page and as one picture to keep. */
import { make } from "../lib/dom.js";
import { PIXELS, SIDE, contextOf, drawGrey } from "../lib/pixels.js";

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
    const one = make("canvas", { width: SIDE, height: SIDE });
    rows.forEach((images, row) => {
      const { canvas } = this.rows[row];
      Object.assign(canvas, { width: this.frames * SIDE, height: SIDE });
      for (let i = 0; i < this.frames; i += 1) {
        drawGrey(one, images, i * PIXELS);
        contextOf(canvas).drawImage(one, i * SIDE, 0);
      }
    });
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
    this.rows.forEach(({ label, canvas: strip }, row) => {
      context.fillText(label, 8, row * step + LABEL - 12);
      context.drawImage(strip, 0, row * step + LABEL, canvas.width, SCALE * SIDE);
    });
    return canvas;
  }
}
